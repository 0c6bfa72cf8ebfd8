import { randomUUID } from "node:crypto";
import type { BrowserContext } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { lowContrasts } from "./contrast.ts";
import { DemoPage, eventually } from "./demo-page.ts";
import { type DemoSite, startDemoSite } from "./demo-site.ts";

const laptop = { viewport: { width: 1440, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

/** All that shows the point. */
const firstScreen = [
  "h1",
  ".lede",
  "#map",
  "#computed-time",
  "#replayed-time",
  "#factor",
  "#compute",
  "#reload",
  "#second-tab",
  "#changed",
  "#status",
  "#saved",
];

let site: DemoSite;
let context: BrowserContext;

beforeAll(async () => {
  site = await startDemoSite();
});
afterEach(() => context.close());
afterAll(() => site.close());

/** Where each part of the first screen stands, in whole pixels from the top of the page. */
async function boxes({ page }: DemoPage): Promise<Record<string, number[]>> {
  const found = firstScreen.map(async (selector) => {
    const box = await page.locator(selector).boundingBox();
    const { x, y, width, height } = box ?? { x: Number.NaN, y: Number.NaN, width: Number.NaN, height: Number.NaN };
    return [selector, [x, y, x + width, y + height].map(Math.round)] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

/** The parts that can't be seen as a whole without scrolling. */
async function outside(demo: DemoPage): Promise<string[]> {
  const { width = 0, height = 0 } = demo.page.viewportSize() ?? {};
  const isInside = ([left = -1, top = -1, right = Infinity, bottom = Infinity]: number[]) =>
    left >= 0 && top >= 0 && right <= width && bottom <= height;
  const all = Object.entries(await boxes(demo));
  return all.filter(([, box]) => !isInside(box)).map(([selector, box]) => `${selector}: ${String(box)}`);
}

const pages = [
  ["a laptop, light", laptop, "light"],
  ["a laptop, dark", laptop, "dark"],
  ["a phone, light", phone, "light"],
  ["a phone, dark", phone, "dark"],
] as const;

describe.each(pages)("on %s", (_, options, colorScheme) => {
  test("map, buttons and both times stand on the first screen in every state, and nothing moves", async () => {
    context = await site.browser.newContext({ ...options, colorScheme });
    const demo = await DemoPage.open(site, context, `space=${randomUUID()}`);
    await demo.untilPainted();
    expect(await demo.times()).toEqual(["–", "–"]);
    expect(await demo.page.locator("#computed-time .note").innerText()).toBe("Press “Get the map”.");
    const fresh = await boxes(demo);
    expect(await outside(demo)).toEqual([]);
    expect(await lowContrasts(demo.page, 4.5)).toEqual([]);

    await demo.ask();
    await demo.untilState("computing");
    await eventually(() => demo.share()).toBeGreaterThan(0);
    expect(await boxes(demo)).toEqual(fresh);

    await demo.untilDrawn("zipcodes");
    const [computed] = await demo.times();
    expect(computed).toMatch(/^\d+(\.\d)? s$/);
    expect(await demo.page.locator("#replayed-time .note").innerText()).toBe("Now press “Reload”.");
    expect(await boxes(demo)).toEqual(fresh);
    expect(await lowContrasts(demo.page, 4.5)).toEqual([]);

    await demo.page.getByRole("button", { name: "Reload" }).click();
    await eventually(() => demo.times()).toEqual([computed, expect.stringMatching(/^[\d.]+ ms$/)]);
    await demo.untilDrawn("zipcodes");
    expect(await demo.page.locator("#factor").innerText()).toMatch(/^[\d,.]+ times as fast$/);
    expect(await boxes(demo)).toEqual(fresh);
    expect(await outside(demo)).toEqual([]);
    expect(demo.workers).toBe(1);
    expect(demo.errors).toEqual([]);
  });
});
