import { expect, test } from "vitest";
import { grown, Ledger } from "./ledger.ts";

const done = () => Promise.resolve();
const lostAnswer = () => Promise.reject(new Error("no answer"));

test("the ledger notices a write that was acknowledged and lost", async () => {
  const ledger = new Ledger();
  await ledger.write("a", "first", done);
  expect(ledger.lost("a", "first")).toEqual([]);
  expect(ledger.lost("a", null)).toHaveLength(1);
  await ledger.write("a", "second", lostAnswer).catch(() => {});
  expect(ledger.lost("a", "first")).toEqual([]);
  expect(ledger.lost("a", "second")).toEqual([]);
  expect(ledger.lost("a", "third")).toHaveLength(1);
  await ledger.write("a", null, done);
  expect(ledger.lost("a", "second")).toHaveLength(1);
  expect(ledger.lost("a", null)).toEqual([]);
});

test("the ledger notices a value that is computed twice, though nothing expired and nobody invalidated it", async () => {
  let now = 0;
  const ledger = new Ledger(() => now);
  const computeAt = async (time: number) => {
    now = time;
    await ledger.call("a", (compute) => compute(), done);
  };
  await computeAt(0);
  await computeAt(100);
  expect(ledger.twice(100)).toEqual([]);
  now = 110;
  await ledger.invalidate("a", done);
  await computeAt(120);
  expect(ledger.twice(100)).toEqual([]);
  await computeAt(130);
  expect(ledger.twice(100)).toEqual(["a was computed twice within 10 ms"]);
});

test("an invalidation may end a computation whose call began before it, although its function began after it", async () => {
  let now = 0;
  const ledger = new Ledger(() => now);
  const begin = Promise.withResolvers<void>();
  const asked = ledger.call("a", async (compute) => begin.promise.then(compute), done);
  now = 5;
  await ledger.invalidate("a", done);
  now = 10;
  begin.resolve();
  await asked;
  now = 20;
  await ledger.call("a", (compute) => compute(), done);
  expect(ledger.twice(100)).toEqual([]);
});

test("the ledger notices an increment that is lost or counted twice", async () => {
  const ledger = new Ledger();
  await ledger.increase("n", done);
  await ledger.increase("n", done);
  expect([1, 2, 3].map((found) => ledger.miscounted("n", found).length)).toEqual([1, 0, 1]);
  await ledger.increase("n", lostAnswer).catch(() => {});
  expect([1, 2, 3, 4].map((found) => ledger.miscounted("n", found).length)).toEqual([1, 0, 0, 1]);
});

test("memory that grows until the end is noticed, and memory that only warms up is not", () => {
  const bound = { part: 0.2, room: 10e6 };
  const samples = (of: (i: number) => number) => Array.from({ length: 50 }, (_, i) => of(i));
  expect(
    grown(
      samples((i) => 100e6 + i * 3e6),
      bound,
    ),
  ).toEqual(["memory grew from 175 to 235 MB"]);
  expect(
    grown(
      samples((i) => 200e6 - 100e6 / (i + 1)),
      bound,
    ),
  ).toEqual([]);
});
