import process from "node:process";
import { describe, expect, test } from "vitest";
import { etagOf, watchTakeover } from "./database.ts";
import { DemoPage, eventually, quickMap, slowKey, slowMap } from "./demo-page.ts";
import { useDemoSite } from "./demo-site.ts";
import { computingProcess } from "./renderer-process.ts";

const site = useDemoSite();

/** One tab that computes and one that waits for it. */
async function openTwo(query = slowMap): Promise<[first: DemoPage, second: DemoPage]> {
  const first = await DemoPage.open(site, site.context, query);
  await first.untilState("computing");
  const second = await DemoPage.open(site, site.context, query);
  await second.untilState("waiting");
  return [first, second];
}

test("two tabs that want the same map compute it once, and the second says that it waits", async () => {
  const [first, second] = await openTwo();
  expect(await second.status()).toMatch(/^Another tab is computing this map/);
  expect(await second.sources()).toEqual(["waiting for another tab…"]);
  await eventually(() => second.locks()).toContainEqual(
    expect.stringMatching(/density\/v1\/zipcodes.*\s+held in another tab/),
  );
  await eventually(() => first.locks()).toContainEqual(
    expect.stringMatching(/density\/v1\/zipcodes.*\s+held in this context/),
  );

  expect(await first.answer()).toBe("computed");
  expect(await second.answer()).toBe("another tab");
  await second.untilDrawn("zipcodes");
  expect([first.workers, second.workers]).toEqual([1, 0]);
  await eventually(() => second.locks()).toEqual([]);
  expect([...first.errors, ...second.errors]).toEqual([]);
});

test("the second tab shows how far the first one is, from where that is when it comes", async () => {
  const first = await DemoPage.open(site, site.context, slowMap);
  await first.untilState("computing");
  await eventually(() => first.share()).toBeGreaterThan(0.1);
  const second = await DemoPage.open(site, site.context, slowMap);
  await second.untilState("waiting");
  const shares = await second.sharesWhile("waiting");
  expect(shares[0]).toBeGreaterThan(0.1);
  expect(new Set(shares).size).toBeGreaterThan(2);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(await second.answer()).toBe("another tab");
  expect(second.workers).toBe(0);
});

test("two tabs that want different maps don't wait for each other", async () => {
  const first = await DemoPage.open(site, site.context, slowMap);
  await first.untilState("computing");
  const second = await DemoPage.open(site, site.context, quickMap);
  expect(await second.answer()).toBe("computed");
  expect(await first.state()).toBe("computing");
});

test("where the computing tab stops, the one that waits computes", async () => {
  const [first, second] = await openTwo();
  await first.page.locator("#stop").click();
  await second.untilState("computing");
  expect(await second.answer()).toBe("computed");
});

test("a record that one tab deletes is gone from the other's memory too", async () => {
  const query = "dataset=airports&resolution=360";
  const first = await DemoPage.open(site, site.context, query);
  expect(await first.answer()).toBe("computed");
  const second = await DemoPage.open(site, site.context, query);
  expect(await second.answer()).toBe("IndexedDB");
  await second.inspector.delete("density/v1/airports/70km/360");
  await eventually(() => first.keys()).toEqual([]);
  await first.ask();
  await eventually(() => first.sources()).toEqual(["computed", "computed"]);
});

describe("a tab that is gone while it computes", () => {
  test("closed: the one that waits goes on", async () => {
    const [first, second] = await openTwo();
    await first.page.close();
    await second.untilState("computing");
    expect(await second.answer()).toBe("computed");
  });

  test.skipIf(process.platform === "win32")("killed: the one that waits goes on", async () => {
    const [first, second] = await openTwo();
    const crashed = first.page.waitForEvent("crash");
    process.kill(await computingProcess(site.browser), "SIGKILL");
    await crashed;
    await second.untilState("computing");
    expect(await second.answer()).toBe("computed");
  });
});

// A stopped process runs no timer and answers nobody, as a tab that the system has suspended.
test.skipIf(process.platform === "win32")(
  "a tab that is stopped while it computes loses its lease to the one that waits, not before the lease ends, and its late result is refused",
  { timeout: 180_000 },
  async () => {
    const [first, second] = await openTwo(`${slowMap}&hold=4000`);
    const takeover = watchTakeover(second.page, slowKey);
    const stopped = await computingProcess(site.browser);
    process.kill(stopped, "SIGSTOP");
    const stoppedAt = Date.now();
    try {
      const { leaseEnd, wentOn } = await takeover;
      expect(wentOn - leaseEnd).toBeGreaterThanOrEqual(0);
      expect(wentOn - leaseEnd).toBeLessThan(5_000);
      // the lease is the one that the address asks for, and nobody renews it any more
      expect(leaseEnd - stoppedAt).toBeLessThanOrEqual(4_000);
      expect(await second.answer()).toBe("computed");
      expect(await second.notes()).toEqual([expect.stringContaining("taken over")]);
    } finally {
      process.kill(stopped, "SIGCONT");
    }
    const kept = await etagOf(second.page, slowKey);

    expect(await first.answer()).toBe("computed");
    await eventually(() => first.notes()).toContainEqual(expect.stringMatching(/^result not kept: StaleLockError: /));
    await first.untilDrawn("zipcodes");
    expect(await etagOf(second.page, slowKey)).toBe(kept);
  },
);
