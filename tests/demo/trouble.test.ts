import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright";
import { describe, expect, test } from "vitest";
import { chromiumLaunchOptions } from "../../scripts/find-chromium.mjs";
import { DemoPage, eventually, quickKey, quickMap } from "./demo-page.ts";
import { useDemoSite } from "./demo-site.ts";

const site = useDemoSite();

test("without room the map is shown all the same, and the page says that it is not kept", async () => {
  // a quota can be set for profiles on disk alone, and only before the origin has used any storage
  const profile = await mkdtemp(join(tmpdir(), "reprise-profile-"));
  const onDisk = await chromium.launchPersistentContext(profile, await chromiumLaunchOptions());
  try {
    const session = await onDisk.newCDPSession(onDisk.pages()[0] ?? (await onDisk.newPage()));
    await session.send("Storage.overrideQuotaForOrigin", { origin: site.origin, quotaSize: 100_000 });
    const demo = await DemoPage.open(site, onDisk, quickMap);
    expect(await demo.answer()).toBe("computed");
    await demo.untilDrawn("earthquakes");
    expect(await demo.notes()).toEqual([expect.stringMatching(/^result not kept: StorageQuotaError: /)]);
    expect(await demo.status()).toContain("not kept");
    expect(await demo.keys()).toEqual([]);

    // this tab has it at hand all the same; a reload computes again, since nothing pretends to be kept
    await demo.ask();
    await eventually(() => demo.sources()).toEqual(["memory", "computed"]);
    await demo.page.reload();
    expect(await demo.answer()).toBe("computed");
    expect(demo.errors).toEqual([]);
  } finally {
    await onDisk.close();
    await rm(profile, { recursive: true });
  }
});

// Chromium can't be made to refuse a database, so scripts stand for what private windows of other browsers do.
describe.each([
  ["is refused", "IDBFactory.prototype.open = () => { throw new DOMException('denied', 'SecurityError'); }"],
  ["never opens", "IDBFactory.prototype.open = () => new EventTarget()"],
])("where IndexedDB %s", (_, script) => {
  test("the page says that it falls back to memory, and keeps maps there", async () => {
    await site.context.addInitScript(script);
    const demo = await DemoPage.open(site, site.context, quickMap);
    expect(await demo.answer()).toBe("computed");
    await demo.untilDrawn("earthquakes");
    expect(await demo.page.locator("#warning").innerText()).toMatch(/kept in memory/);
    await demo.ask();
    await eventually(() => demo.sources()).toEqual(["memory", "computed"]);
    await eventually(() => demo.keys()).toEqual([quickKey]);

    await demo.page.reload();
    expect(await demo.answer()).toBe("computed");
    expect(demo.errors).toEqual([]);
  });
});

test("a browser without Web Locks still computes and keeps maps, and says what is missing", async () => {
  await site.context.addInitScript("delete Navigator.prototype.locks");
  const demo = await DemoPage.open(site, site.context, quickMap);
  expect(await demo.answer()).toBe("computed");
  expect(await demo.page.locator("#warning").innerText()).toMatch(/Web Locks/);
  await demo.page.reload();
  expect(await demo.answer()).toBe("IndexedDB");
  expect(demo.errors).toEqual([]);
});

test("data that can't be loaded fails the request with the reason, and it can be tried again", async () => {
  await site.context.route(/assets.earthquakes/, (route) => route.abort());
  const demo = await DemoPage.open(site, site.context, quickMap);
  await demo.untilState("failed");
  expect(await demo.status()).toMatch(/^That did not work\. .+/);
  expect(await demo.keys()).toEqual([]);
  await site.context.unroute(/assets.earthquakes/);
  await demo.ask();
  expect(await demo.answer()).toBe("computed");
});

test("a map that could not be made leaves nothing that looks or sounds like its answer", async () => {
  await site.context.route(/assets.airports/, (route) => route.abort());
  const demo = await DemoPage.open(site, site.context, quickMap);
  await demo.untilDrawn("earthquakes");
  const map = demo.page.locator("#map");
  const strength = () => map.evaluate((canvas) => Number(getComputedStyle(canvas).opacity));
  const before = await demo.caption();
  expect(before).toMatch(/^Earthquakes of one week, 300 km, 360 columns\. The map shows 1,707 events\. /);
  await eventually(strength).toBe(1);

  await demo.page.locator("#dataset").selectOption("airports");
  await demo.page.locator("#resolution").selectOption("360");
  await demo.ask();
  await demo.untilState("failed");
  expect(await demo.status()).toMatch(/“US airports”.+could not be loaded/);
  const told =
    "No map of US airports, 70 km, 360 columns: the computation failed. The faded picture is the map before: Earthquakes";
  expect(await demo.caption()).toContain(told);
  expect(await map.getAttribute("aria-label")).toContain(told);
  await eventually(strength).toBeLessThan(0.5);
  expect(await demo.page.locator("#legend").isVisible()).toBe(false);
  await map.hover();
  expect(await demo.page.locator("#reading").innerText()).toBe("");

  await site.context.unroute(/assets.airports/);
  await demo.ask();
  await demo.untilDrawn("airports");
  expect(await demo.caption()).toMatch(/^US airports, 70 km, 360 columns\. /);
  await eventually(strength).toBe(1);
  expect(await demo.page.locator("#legend").isVisible()).toBe(true);
});

test("coasts that can't be loaded are told, and are there with the next map", async () => {
  await site.context.route(/assets.countries/, (route) => route.abort());
  const demo = await DemoPage.open(site, site.context, quickMap);
  expect(await demo.answer()).toBe("computed");
  await eventually(() => demo.page.locator("#warning").innerText()).toMatch(/^The page can’t draw the map/);
  await eventually(() => demo.caption()).toMatch(/^The map of Earthquakes.+ is there, but the page can’t draw it\.$/);
  await site.context.unroute(/assets.countries/);
  await demo.ask();
  await demo.untilDrawn("earthquakes");
  await demo.page.locator("#warning").waitFor({ state: "hidden" });
  expect(demo.errors).toEqual([]);
});
