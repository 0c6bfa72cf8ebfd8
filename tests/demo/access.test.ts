import type { BrowserContext, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { lowContrasts } from "./contrast.ts";
import { DemoPage, eventually, quickKey, quickMap } from "./demo-page.ts";
import { type DemoSite, startDemoSite } from "./demo-site.ts";

let site: DemoSite;
let context: BrowserContext;

beforeAll(async () => {
  site = await startDemoSite();
});
afterEach(() => context.close());
afterAll(() => site.close());

type ContextOptions = Parameters<DemoSite["browser"]["newContext"]>[0];

async function open(options: ContextOptions, query = quickMap): Promise<DemoPage> {
  context = await site.browser.newContext(options);
  return await DemoPage.open(site, context, query);
}

/** Presses Tab until the focus is there; fails where it never gets there. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector)) return;
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

test("everything can be done with the keyboard alone, and the focus can be seen", async () => {
  const demo = await open({});
  const { page } = demo;
  await demo.untilDrawn("earthquakes");

  await tabTo(page, "#dataset");
  await page.keyboard.press("ArrowUp");
  expect(await page.locator("#dataset").inputValue()).toBe("airports");
  await tabTo(page, "#bandwidth");
  expect(await page.locator("#bandwidth").evaluate((focused) => getComputedStyle(focused).outlineStyle)).toBe("solid");
  await page.keyboard.press("ArrowRight");
  expect(await page.locator("#kilometres").innerText()).toBe("75 km");
  await tabTo(page, "#compute");
  await page.keyboard.press("Enter");
  await demo.untilDrawn("airports");
});

test("every control, picture and region has a name, and the status is announced", async () => {
  const demo = await open({});
  await demo.untilDrawn("earthquakes");
  await eventually(() => demo.keys()).toEqual([quickKey]);
  const session = await context.newCDPSession(demo.page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  const named = [
    "button",
    "combobox",
    "slider",
    "link",
    "image",
    "img",
    "table",
    "form",
    "region",
    "dialog",
    "progressbar",
  ];
  const nameless = nodes.filter(
    ({ ignored, role, name }) => !ignored && named.includes(String(role?.value)) && !name?.value,
  );
  expect(nameless.map(({ role }) => String(role?.value))).toEqual([]);
  const status = nodes.find(
    ({ role, properties }) => role?.value === "status" && properties?.some(({ name }) => name === "live"),
  );
  expect(status).toBeDefined();
  expect(await demo.page.locator("#map").getAttribute("aria-label")).toMatch(/^Density map: Earthquakes.+densest near/);
});

test("the document says its language and title, has one main heading, skips no level and repeats no id", async () => {
  const { page } = await open({});
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
  expect(await page.title()).toContain("Reprise");
  const levels = await page.locator("h1, h2, h3").evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])));
  expect(levels.filter((level) => level === 1)).toEqual([1]);
  levels.forEach((level, i) => expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1));
  const ids = await page.locator("[id]").evaluateAll((all) => all.map(({ id }) => id));
  expect(ids).toEqual([...new Set(ids)]);
});

describe.each([["light"], ["dark"]] as const)("in %s mode", (colorScheme) => {
  test("text stands out from what is behind it", async () => {
    const demo = await open({ colorScheme });
    await demo.untilDrawn("earthquakes");
    await eventually(() => demo.keys()).toEqual([quickKey]);
    expect(await lowContrasts(demo.page, 4.5)).toEqual([]);
  });
});

test("the map follows the colour scheme", async () => {
  const demo = await open({ colorScheme: "light" });
  await demo.untilDrawn("earthquakes");
  const middle = () =>
    demo.page.locator("#map").evaluate((canvas: HTMLCanvasElement) => {
      const pixel = canvas.getContext("2d")?.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data ?? [];
      return Math.max(...pixel.slice(0, 3));
    });
  await eventually(middle).toBeGreaterThan(200);
  await demo.page.emulateMedia({ colorScheme: "dark" });
  await eventually(middle).toBeLessThan(60);
});

test("a phone's width needs no sideways scrolling, whatever is shown", async () => {
  const demo = await open({
    viewport: { width: 375, height: 812 },
    isMobile: true,
    hasTouch: true,
    deviceScaleFactor: 2,
  });
  const width = () => demo.page.evaluate(() => document.documentElement.scrollWidth);
  await demo.untilDrawn("earthquakes");
  await eventually(() => demo.keys()).toEqual([quickKey]);
  expect(await width()).toBe(375);

  await context.route(/v1.results|demo.maps/, (route) => route.abort());
  await demo.page.locator("#edge").check();
  await demo.page.locator("#dataset").selectOption("airports");
  await demo.page.locator("#compute-at").selectOption("edge");
  await demo.page.locator("#compute").tap();
  await eventually(() => demo.notes()).toEqual([expect.stringContaining("the Worker did not compute it")]);
  expect(await width()).toBe(375);

  await (await demo.inspector.look(quickKey)).waitFor();
  expect(await width()).toBe(375);
});
