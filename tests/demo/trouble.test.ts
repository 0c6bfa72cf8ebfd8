import type { BrowserContext } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DemoPage, eventually, quickKey, quickMap } from "./demo-page.ts";
import { type DemoSite, startDemoSite } from "./demo-site.ts";

let site: DemoSite;
let context: BrowserContext;

beforeAll(async () => {
  site = await startDemoSite();
});
beforeEach(async () => {
  context = await site.browser.newContext();
});
afterEach(() => context.close());
afterAll(() => site.close());

test("without room the map is shown all the same, and the page says that it is not kept", async () => {
  const demo = await DemoPage.open(site, context, "dataset=airports&resolution=360");
  expect(await demo.answer()).toBe("computed");
  const session = await context.newCDPSession(demo.page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: site.origin, quotaSize: 1_000 });
  await demo.page.goto(`${site.origin}/?${quickMap}`);
  expect(await demo.answer()).toBe("computed");
  await demo.untilDrawn("earthquakes");
  expect(await demo.notes()).toEqual([expect.stringMatching(/^result not kept: StorageQuotaError: /)]);
  expect(await demo.status()).toContain("not kept");
  expect(await demo.keys()).not.toContain(quickKey);

  // with room again, it is kept
  await session.send("Storage.overrideQuotaForOrigin", { origin: site.origin });
  await demo.page.reload();
  expect(await demo.answer()).toBe("computed");
  await eventually(() => demo.keys()).toContain(quickKey);
});

// Chromium can't be made to refuse a database, so scripts stand for what private windows of other browsers do.
describe.each([
  ["is refused", "IDBFactory.prototype.open = () => { throw new DOMException('denied', 'SecurityError'); }"],
  ["never opens", "IDBFactory.prototype.open = () => new EventTarget()"],
])("where IndexedDB %s", (_, script) => {
  test("the page says that it falls back to memory, and keeps maps there", async () => {
    await context.addInitScript(script);
    const demo = await DemoPage.open(site, context, quickMap);
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
  await context.addInitScript("delete Navigator.prototype.locks");
  const demo = await DemoPage.open(site, context, quickMap);
  expect(await demo.answer()).toBe("computed");
  expect(await demo.page.locator("#warning").innerText()).toMatch(/Web Locks/);
  await demo.page.reload();
  expect(await demo.answer()).toBe("IndexedDB");
  expect(demo.errors).toEqual([]);
});

test("data that can't be loaded fails the request with the reason, and it can be tried again", async () => {
  await context.route(/earthquakes/, (route) => route.abort());
  const demo = await DemoPage.open(site, context, quickMap);
  await demo.untilState("failed");
  expect(await demo.status()).toMatch(/^That did not work\. .+/);
  expect(await demo.keys()).toEqual([]);
  await context.unroute(/earthquakes/);
  await demo.ask();
  expect(await demo.answer()).toBe("computed");
});
