import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { costOf, placesAsking, ratesOf, traffics, zipf } from "../bench/scaling/costs.ts";
import { withTables } from "../bench/markdown-tables.ts";
import type { HotKeyReport } from "../bench/scaling/hot-key.ts";
import { limits } from "../bench/scaling/limits.ts";
import { playScenes, type Scenes, sceneTables } from "../bench/scaling/scenes.ts";
import { costTables, stalestOf } from "../bench/scaling/tables.ts";

// What docs/scaling.md says. Where a number there has changed for a good reason: npx node tests/bench/scaling/draw.ts --write

let scenes: Scenes;

beforeAll(async () => {
  scenes = await playScenes();
}, 120_000);

const totals = ({ meter }: HotKeyReport, ...names: Parameters<HotKeyReport["meter"]["total"]>[0][]): number[] =>
  names.map((name) => meter.total(name));

test("the document's tables are what is computed", async () => {
  const text = await readFile(new URL("../../docs/scaling.md", import.meta.url), "utf8");
  expect(text).toBe(withTables(text, { ...costTables(), ...sceneTables(scenes) }));
});

test("a table without a place, and a place without a table, are errors", () => {
  const text = "<!-- table: calls -->\n<!-- end -->";
  expect(() => withTables(text, {})).toThrow('no table "calls"');
  expect(() => withTables(text, { calls: "", costs: "" })).toThrow("No place for costs");
});

/** Of a lease of 30 s, while it takes 10 s to compute. */
const renewals = 1;

describe("calls, worked out", () => {
  test.each(traffics)("$name: all keys together are asked for as often as there are requests", (traffic) => {
    const groups = zipf(traffic);
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(traffic.keys);
    expect(groups.reduce((sum, { count, rate }) => sum + count * rate, 0)).toBeCloseTo(traffic.requestsPerDay / 86_400);
    expect(groups[99]!.rate / groups[0]!.rate).toBeCloseTo(1 / 100);
  });

  test("a key that nobody else asks for costs what a miss does", () => {
    const rare = 1e-9;
    const { kvReads, kvWrites, r2Reads, computations, objectCalls } = ratesOf(rare, { regions: 30, isolates: 1 });
    const each = [kvReads, kvWrites, r2Reads, computations].map((rate) => rate / rare);
    for (const calls of each) expect(calls).toBeCloseTo(1, 2);
    expect(objectCalls / rare).toBeCloseTo(2, 2);
  });

  test("a hot key costs a read of KV a minute and isolate, as in the simulation", () => {
    const { kvReads } = ratesOf(1_000, { regions: 20, isolates: 5 });
    expect(kvReads).toBeCloseTo(100 / 60, 0);
    expect(kvReads).toBeCloseTo(scenes.busy.meter.rate("kvReads", 30, 90), 0);
  });

  test("a cache in front, and copies in the data centres, save what they do in the simulation", () => {
    const places = { regions: 20, isolates: 5 };
    const { frontMinute, nearTenMinutes } = scenes;
    const front = ratesOf(40, places, { maxAge: 60 });
    expect(front.runs / frontMinute.meter.rate("runs", 60, 2_000)).toBeCloseTo(1, 1);
    const near = ratesOf(40, places, { dataCenterTtl: 600 });
    expect(near.looks / nearTenMinutes.meter.rate("cacheReads", 60, 2_000)).toBeCloseTo(1, 1);
    expect(near.kvReads / nearTenMinutes.meter.rate("kvReads", 60, 2_000)).toBeCloseTo(1, 0);
  });

  test.each(traffics)("$name: each cache makes it cheaper, and none makes it compute more or free", (traffic) => {
    const plain = costOf(traffic);
    for (const caches of [{ dataCenterTtl: 60 }, { maxAge: 60 }, { dataCenterTtl: 3_600, maxAge: 3_600 }]) {
      const { total, costs, rates } = costOf(traffic, caches);
      expect(total).toBeLessThan(plain.total);
      // a hit in front is billed as a request
      expect(costs.workerRequests).toBe(plain.costs.workerRequests);
      expect(rates.computations).toBeLessThanOrEqual(plain.rates.computations * 1.001);
    }
  });

  test("as many isolates ask within a second as in the simulation", () => {
    expect(placesAsking(4_000, 2_000, 1) / scenes.burst2000.places).toBeCloseTo(1, 1);
  });
});

describe("one hot key, simulated", () => {
  test("every call is answered", () => {
    for (const { unanswered } of Object.values(scenes)) expect(unanswered).toBe(0);
    const { failing, ...others } = scenes;
    for (const { failures } of Object.values(others)) expect(failures).toBe(0);
    expect(failing.failures).toBe(failing.meter.total("calls"));
  });

  test("ten times the calls are as many reads of KV, and ask neither R2 nor the lock", () => {
    const { calm, busy } = scenes;
    for (const { meter } of [calm, busy]) {
      expect(meter.rate("kvReads", 30, 90)).toBeCloseTo(100 / 60, 0);
      expect(meter.rate("r2Reads", 30, 90) + meter.rate("lockCalls", 30, 90)).toBe(0);
    }
    expect(totals(busy, "calls")[0]! / totals(calm, "calls")[0]!).toBeCloseTo(10, 0);
  });

  test("isolates that waited together ask KV together, a minute later", () => {
    const { meter } = scenes.busy;
    expect(meter.peak("kvReads")).toBeGreaterThan(90);
    expect(meter.rate("kvReads", 30, 60)).toBe(0);
  });

  test("a stampede computes once, also where calls queue at the lock object", () => {
    const { burst100, burst1000, burst2000 } = scenes;
    for (const { computations } of [burst100, burst1000, burst2000]) expect(computations).toBe(1);
    expect(burst100.longestQueue).toBeLessThan(100);
    expect(burst2000.longestQueue).toBeGreaterThan(1_000);
  });

  test("the lock object is called by isolates and not by callers: twice, and again each ten seconds", () => {
    const { burst100, burst1000 } = scenes;
    expect(totals(burst100, "calls")[0]).toBeGreaterThan(30 * burst100.places);
    for (const { meter, places } of [burst100, burst1000]) {
      // the holder's three are two renewals, and the release
      const waiters = places - 1;
      const [calls] = totals({ meter } as HotKeyReport, "lockCalls");
      expect(calls).toBe(1 + 3 + waiters * (2 + 2));
    }
  });

  test("500 isolates a second that miss are as many calls as the object takes", () => {
    const { burst100, burst1000 } = scenes;
    const callsAtFirst = 2 * placesAsking(4_000, 500, 1);
    expect(callsAtFirst).toBeCloseTo(limits.objectCallsPerSecond, -1);
    expect(burst100.meter.peak("lockCalls")).toBeLessThan(limits.objectCallsPerSecond);
    expect(burst1000.meter.peak("lockCalls")).toBeGreaterThan(limits.objectCallsPerSecond);
  });

  test("the release sets off one read of R2 for each isolate, and nobody goes back to the lock", () => {
    const { burst1000 } = scenes;
    const { meter, places } = burst1000;
    expect(totals(burst1000, "r2Reads")[0]).toBeLessThanOrEqual(2 * places);
    expect(meter.rate("r2Reads", 25, 27) * 2).toBeGreaterThan(0.98 * places);
    expect(meter.rate("lockCalls", 25, 60) * 35).toBe(1);
    expect(totals(burst1000, "r2Writes", "kvWrites")).toEqual([1, 1]);
  });

  test("a record that expires is computed once by all who are asked for it", () => {
    const { computations, mostAtOnce } = scenes.expiring;
    expect([computations, mostAtOnce]).toEqual([4, 1]);
  });

  test("a record that is refreshed before it expires is never missed: two calls to the lock each time", () => {
    const { computations, meter } = scenes.refreshed;
    expect(computations).toBe(1 + 3);
    expect(meter.total("kvWrites")).toBe(computations);
    // from when the first computation is over on
    expect(meter.rate("lockCalls", 15, 420) * 405).toBeCloseTo((2 + renewals) * 3);
    expect(meter.rate("r2Reads", 15, 420) * 405).toBeLessThanOrEqual(3);
  });

  test("a copy that lapses is read from R2 and makes nobody compute, wait or ask for a lock", () => {
    const { lapsing } = scenes;
    const [r2Reads, lockCalls] = totals(lapsing, "r2Reads", "lockCalls");
    expect(lapsing.computations).toBe(1);
    expect(lapsing.meter.rate("lockCalls", 30, 400)).toBe(0);
    expect(lockCalls).toBeGreaterThan(0);
    expect(r2Reads).toBeLessThan(6 * lapsing.places);
    // all the longest answers are those that waited for the computation
    expect(lapsing.longestAnswer).toBeLessThan(10_000 + 1_000);
    expect(totals(lapsing, "kvRefusals")[0]).toBeGreaterThan(0);
  });

  test.each([
    ["changing", {}],
    ["nearMinute", { dataCenterTtl: 60 }],
    ["nearTenMinutes", { dataCenterTtl: 600 }],
    ["frontMinute", { maxAge: 60 }],
    ["frontTenMinutes", { maxAge: 600 }],
  ] as const)("%s: an old result is served for some time, and no longer than it may be", (name, caches) => {
    const { longestStale, computations, mostAtOnce } = scenes[name];
    expect([computations, mostAtOnce]).toEqual([8, 1]);
    expect(longestStale).toBeGreaterThan(10_000);
    expect(longestStale).toBeLessThan(stalestOf(caches) * 60_000 + 1_000);
  });

  test("who is refused by the lock object computes without it, and still has its value", () => {
    const { refused } = scenes;
    const [refusals, r2Writes] = totals(refused, "lockRefusals", "r2Writes");
    expect(refusals).toBeGreaterThan(0);
    expect(refused.computations).toBeGreaterThan(refused.places / 2);
    expect(refused.mostAtOnce).toBe(refused.computations);
    expect(refused.events.get("lock-error")).toBeGreaterThanOrEqual(refused.computations - 1);
    expect(r2Writes).toBeLessThan(refused.computations / 10);
    expect(refused.failures).toBe(0);
  });

  test("where computing fails each isolate tries in turn, one after the other", () => {
    const { computations, mostAtOnce, places, longestAnswer } = scenes.failing;
    expect([computations, mostAtOnce]).toEqual([places, 1]);
    expect(longestAnswer).toBeGreaterThan((places - 1) * 2_000);
  });
});
