import { afterEach, expect, test, vi } from "vitest";
import { defaultCache } from "../../../src/core/cache/memory-cache.ts";
import { createStore } from "../../stores.ts";

afterEach(() => void vi.useRealTimers());

const store = createStore();
function sized(key: string, size: number) {
  const record = store.createResultRecord(key, { key });
  record.metadata.size = size;
  return record;
}

test("beyond its number of records the least recently used one goes", () => {
  const cache = defaultCache({ maxRecords: 2 });
  cache.set("a", sized("a", 1));
  cache.set("b", sized("b", 1));
  cache.get("a");
  cache.set("c", sized("c", 1));
  expect(["a", "b", "c"].filter((key) => cache.get(key))).toEqual(["a", "c"]);
});

test("beyond its bytes the least recently used ones go, and what alone is too large stays out", () => {
  const cache = defaultCache({ maxBytes: 100 });
  for (const key of ["a", "b", "c"]) cache.set(key, sized(key, 40));
  expect(["a", "b", "c"].filter((key) => cache.get(key))).toEqual(["b", "c"]);
  cache.set("huge", sized("huge", 101));
  expect(cache.get("huge")).toBeUndefined();
  expect(cache.get("b")).toBeDefined();
});

test.each([
  { maxRecords: 0 },
  { maxRecords: 1.5 },
  { maxBytes: -1 },
  { maxBytes: NaN },
  { maxAge: -1 },
  { maxAge: NaN },
])("%o can't be meant", (bounds) => {
  expect(() => defaultCache(bounds)).toThrow(/^maxRecords has to be/);
});

test("bytes are counted rightly over replacing, deleting, clearing, and records that learn another size", () => {
  const cache = defaultCache({ maxBytes: 100 });
  const grows = sized("a", 10);
  cache.set("a", grows);
  grows.metadata.size = 90;
  cache.set("a", grows);
  cache.set("b", sized("b", 10));
  expect(cache.get("a")).toBeDefined();
  cache.delete("a");
  cache.clear();
  cache.set("c", sized("c", 60));
  cache.set("d", sized("d", 40));
  expect(["c", "d"].filter((key) => cache.get(key))).toEqual(["c", "d"]);
  cache.set("e", sized("e", 1));
  expect(["c", "d", "e"].filter((key) => cache.get(key))).toEqual(["d", "e"]);
  cache.set("d", sized("d", 101));
  expect(cache.get("d")).toBeUndefined();
});

test("a record is held no longer than maxAge, counted from when it was taken in and not from its last use", () => {
  vi.useFakeTimers();
  const cache = defaultCache({ maxAge: 60_000 });
  cache.set("a", sized("a", 1));
  vi.advanceTimersByTime(59_999);
  expect(cache.get("a")).toBeDefined();
  vi.advanceTimersByTime(1);
  expect(cache.get("a")).toBeUndefined();
  cache.set("a", sized("a", 1));
  expect(cache.get("a")).toBeDefined();
});

test("what was too old is counted out of the bytes", () => {
  vi.useFakeTimers();
  const cache = defaultCache({ maxAge: 1_000, maxBytes: 100 });
  cache.set("a", sized("a", 100));
  vi.advanceTimersByTime(1_000);
  cache.get("a");
  cache.set("b", sized("b", 50));
  cache.set("c", sized("c", 50));
  expect(["b", "c"].filter((key) => cache.get(key))).toEqual(["b", "c"]);
});
