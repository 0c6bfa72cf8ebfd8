import { expect, test } from "vitest";
import { DemoPage, eventually, quickMap, slowMap } from "./demo-page.ts";
import { useDemoSite } from "./demo-site.ts";

const site = useDemoSite();

const sampleOf = ({ page }: DemoPage) => page.locator("#sample").getAttribute("data-sample");

test("a first visit computes nothing by itself, and shows no section that would be empty", async () => {
  const demo = await DemoPage.open(site, site.context, "");
  await demo.untilPainted();
  for (const section of ["#answers", "#inside"]) expect(await demo.page.locator(section).isVisible()).toBe(false);
  expect(await demo.caption()).toBe("Where do ZIP codes lie densest? The map is not computed yet.");
  expect(await sampleOf(demo)).toBe("first");
  expect(demo.workers).toBe(0);
});

test("a later visit shows the kept map at once, with both times", async () => {
  const demo = await DemoPage.open(site, site.context, "");
  await demo.ask();
  expect(await demo.answer()).toBe("computed");
  const later = await DemoPage.open(site, site.context, "");
  await later.untilDrawn("zipcodes");
  expect((await later.times())[0]).toBe((await demo.times())[0]);
  expect(await later.times()).toEqual([expect.any(String), expect.stringMatching(/^[\d.]+ ms$/)]);
  expect(later.workers).toBe(0);
});

test("the second tab that a button opens shows the progress of the first, and computes nothing", async () => {
  const first = await DemoPage.open(site, site.context, slowMap);
  await first.untilState("computing");
  const opened = site.context.waitForEvent("page");
  await first.page.getByRole("button", { name: "Open a second tab" }).click();
  const second = new DemoPage(await opened);
  await eventually(async () => (await second.times())[0]).toMatch(/^\d+ %$/);
  expect(await second.answer()).toBe("another tab");
  await second.untilDrawn("zipcodes");
  expect(await sampleOf(second)).toBe("shared");
  expect((await second.times())[0]).toBe((await first.times())[0]);
  expect([first.workers, second.workers]).toEqual([1, 0]);
});

test("where one tab changes the data, the others show its progress and get the new map", async () => {
  const first = await DemoPage.open(site, site.context, slowMap);
  expect(await first.answer()).toBe("computed");
  const second = await DemoPage.open(site, site.context, slowMap);
  expect(await second.answer()).toBe("IndexedDB");
  await second.untilListening();
  await first.page.getByRole("button", { name: "The data changed" }).click();
  await eventually(async () => new Set([await first.state(), await second.state()])).toEqual(
    new Set(["computing", "waiting"]),
  );
  const waiting = (await first.state()) === "waiting" ? first : second;
  await eventually(() => waiting.share()).toBeGreaterThan(0);
  await Promise.all([first.untilState("answered"), second.untilState("answered")]);
  expect([await sampleOf(first), await sampleOf(second)]).toEqual(["invalidated", "invalidated"]);
  expect(first.workers + second.workers).toBe(2);
});

test("the page says how much time all replays have saved, in every tab and after a reload", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  expect(await demo.answer()).toBe("computed");
  const saved = () => demo.page.locator("#saved").innerText();
  expect(await saved()).toBe("");
  await demo.ask();
  await eventually(saved).toMatch(/^Saved in all: [\d.]+ m?s, by one replay\.$/);
  expect(await sampleOf(demo)).toBe("replayed");
  const other = await DemoPage.open(site, site.context, quickMap);
  expect(await other.answer()).toBe("IndexedDB");
  await eventually(saved).toMatch(/, by 2 replays\.$/);
  await demo.page.reload();
  await eventually(saved).toMatch(/, by 3 replays\.$/);
});

test("the times of all answers are there after a reload, and go with the kept maps", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  expect(await demo.answer()).toBe("computed");
  await demo.page.reload();
  expect(await demo.answer()).toBe("IndexedDB");
  expect(await demo.page.locator("#timings .lane-name").allTextContents()).toEqual(["computed", "IndexedDB"]);
  expect(await demo.page.locator("#timings .dot").count()).toBe(2);

  await demo.inspector.clear();
  await eventually(() => demo.times()).toEqual(["–", "–"]);
});

test("the page itself draws nothing but the finished picture, so no drawing is in the times", async () => {
  await site.context.addInitScript(`
    globalThis.calls = [];
    const methods = Object.getOwnPropertyDescriptors(CanvasRenderingContext2D.prototype);
    for (const [name, { value }] of Object.entries(methods)) if (typeof value === "function")
      CanvasRenderingContext2D.prototype[name] = function (...args) { calls.push(name); return value.apply(this, args); };
  `);
  const demo = await DemoPage.open(site, site.context, quickMap);
  await demo.untilDrawn("earthquakes");
  await demo.page.reload();
  await demo.untilDrawn("earthquakes");
  expect(await demo.page.evaluate("[...new Set(calls)]")).toEqual(["drawImage"]);
});

test("the links to the README and the docs, and from the sample to its page, lead to text", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  expect(await demo.answer()).toBe("computed");
  for (const [link, title] of [
    ["#readme-link", "# Reprise"],
    ["#docs-link", "# Getting started"],
    ["#sample-link", "# `getOrCompute`"],
  ] as const) {
    const response = await fetch(await demo.page.locator(link).evaluate((one: HTMLAnchorElement) => one.href));
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect((await response.text()).startsWith(title)).toBe(true);
  }
});

test("a history that another page of the origin has spoilt counts as none", async () => {
  await site.context.addInitScript(`localStorage["reprise-demo/history"] ??= '{"answers":[null]}'`);
  const demo = await DemoPage.open(site, site.context, quickMap);
  expect(await demo.answer()).toBe("computed");
  await eventually(() => demo.keys()).toHaveLength(1);
});
