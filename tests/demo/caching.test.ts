import { expect, test } from "vitest";
import { changeRecord } from "./database.ts";
import { DemoPage, eventually, quickKey, quickMap, slowMap } from "./demo-page.ts";
import { useDemoSite } from "./demo-site.ts";

const site = useDemoSite();

test("a map is computed once: asked again it comes from memory, after a reload from IndexedDB", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  expect(await demo.answer()).toBe("computed");
  await demo.untilDrawn("earthquakes");
  await demo.ask();
  await eventually(() => demo.sources()).toEqual(["memory", "computed"]);

  await demo.page.reload();
  expect(await demo.answer()).toBe("IndexedDB");
  await demo.untilDrawn("earthquakes");
  expect(await demo.status()).toMatch(/^From this browser’s database, IndexedDB, in [\d.]+ m?s\.$/);
  expect(demo.workers).toBe(1);
  expect(demo.errors).toEqual([]);
});

test("what is drawn after a reload is what was drawn before", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  await demo.untilDrawn("earthquakes");
  const picture = () => demo.page.locator("#map").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const before = await picture();
  await demo.page.reload();
  expect(await demo.answer()).toBe("IndexedDB");
  await demo.untilDrawn("earthquakes");
  expect(await picture()).toBe(before);
});

test("after The data changed all tabs ask again by themselves, and compute the new map once", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  expect(await demo.answer()).toBe("computed");
  const other = await DemoPage.open(site, site.context, quickMap);
  expect(await other.answer()).toBe("IndexedDB");

  await demo.page.getByRole("button", { name: "The data changed" }).click();
  await eventually(() => demo.sources()).toEqual([
    expect.stringMatching(/^(computed|another tab|IndexedDB)$/),
    "computed",
  ]);
  await eventually(() => other.sources()).toEqual([
    expect.stringMatching(/^(computed|another tab|IndexedDB)$/),
    "IndexedDB",
  ]);
  expect(demo.workers + other.workers).toBe(2);
  expect([demo.errors, other.errors]).toEqual([[], []]);
});

test("with Serve stale maps the old map is shown at once, and the new one once it is ready", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  expect(await demo.answer()).toBe("computed");
  await demo.page.getByLabel("Serve stale maps").check();
  await demo.page.getByRole("button", { name: "The data changed" }).click();
  await eventually(() => demo.sources()).toEqual(["memory", "IndexedDB", "computed"]);
  expect(await demo.notes()).toEqual(["stale: this map is outdated, and the new one is being computed"]);
  expect(demo.workers).toBe(2);
  expect(demo.errors).toEqual([]);
});

test("the address names the map: another one is another record, and going back shows the first again", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  await demo.untilDrawn("earthquakes");
  await demo.page.locator("#dataset").selectOption("airports");
  await demo.ask();
  await demo.untilDrawn("airports");
  await eventually(() => demo.keys()).toEqual(["density/v1/airports/70km/360", quickKey]);
  expect(new URL(demo.page.url()).searchParams.get("dataset")).toBe("airports");

  await demo.page.goBack();
  await demo.untilDrawn("earthquakes");
  expect(await demo.page.locator("#dataset").inputValue()).toBe("earthquakes");
  expect((await demo.sources())[0]).toBe("memory");
});

test("an address that makes no sense shows a map all the same", async () => {
  const demo = await DemoPage.open(
    site,
    site.context,
    "dataset=__proto__&bandwidth=-1&resolution=1e9&keep=x&hold=soon",
  );
  await demo.untilState("computing");
  expect(await demo.page.locator("#dataset").inputValue()).toBe("zipcodes");
  expect(await demo.page.locator("#kilometres").innerText()).toBe("50 km");
});

test("a second request for a map that is being computed joins it", async () => {
  const demo = await DemoPage.open(site, site.context, slowMap);
  await demo.untilState("computing");
  await demo.ask();
  await eventually(() => demo.sources()).toEqual(["joined", "computed"]);
  expect(demo.workers).toBe(1);
});

test("progress is the worker's own and only grows", async () => {
  const demo = await DemoPage.open(site, site.context, slowMap);
  await demo.untilState("computing");
  const shares = await demo.page.locator("#progress").evaluate(
    (bar: HTMLProgressElement) =>
      new Promise<number[]>((resolve) => {
        const seen: number[] = [];
        new MutationObserver(() => (bar.hidden ? resolve(seen) : seen.push(bar.value))).observe(bar, {
          attributes: true,
        });
      }),
  );
  expect(new Set(shares).size).toBeGreaterThan(20);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBeGreaterThan(0.9);
});

test("a computation that is stopped leaves no record and no lock, and can be asked for again", async () => {
  const demo = await DemoPage.open(site, site.context, slowMap);
  await demo.untilState("computing");
  await eventually(() => demo.locks()).toEqual([expect.stringContaining("held in this context")]);
  await demo.page.locator("#stop").click();
  await demo.untilState("stopped");
  await eventually(() => demo.computing()).toBe(0);
  await eventually(() => demo.locks()).toEqual([]);
  expect(await demo.keys()).toEqual([]);
  expect(await demo.caption()).toBe("No map of US ZIP codes, 35 km, 1,440 columns: you stopped it.");

  await demo.ask();
  await demo.untilState("computing");
});

test("a damaged record is found, computed again and replaced", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  await demo.untilDrawn("earthquakes");
  await changeRecord(demo.page, quickKey, (bytes) => {
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  });
  await demo.page.reload();
  expect(await demo.answer()).toBe("computed");
  expect(await demo.notes()).toEqual([expect.stringMatching(/^record corrupt: CorruptRecordError: /)]);
  await demo.untilDrawn("earthquakes");

  await demo.page.reload();
  expect(await demo.answer()).toBe("IndexedDB");
});

test("another browser profile starts empty", async () => {
  const first = await DemoPage.open(site, site.context, quickMap);
  expect(await first.answer()).toBe("computed");
  const elsewhere = await site.browser.newContext();
  try {
    const second = await DemoPage.open(site, elsewhere, quickMap);
    expect(await second.answer()).toBe("computed");
    await eventually(() => second.keys()).toEqual([quickKey]);
  } finally {
    await elsewhere.close();
  }
});
