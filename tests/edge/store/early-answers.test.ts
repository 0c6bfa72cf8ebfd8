import { expect, test } from "vitest";
import { createResultStore } from "../../../workers/edge.ts";

// Callers are answered before their result is kept, so their next call may come while it still is.

const newKey = () => `early-answers/${crypto.randomUUID()}`;

test("a deletion right after an answer deletes what that call keeps", async () => {
  const [store, key] = [createResultStore(), newKey()];
  await store.getOrCompute(key, () => "old");
  expect(await store.delete(key)).toBe(true);
  expect(await createResultStore().read(key)).toBeUndefined();
  await store.getOrCompute(key, () => "older");
  expect(await store.deleteMany([key])).toEqual([true]);
  expect(await store.getOrCompute(key, () => "new")).toBe("new");
});

test("a write right after an answer is the last one", async () => {
  const [store, key] = [createResultStore(), newKey()];
  await store.getOrCompute(key, () => "old");
  await store.write(key, "new");
  expect((await createResultStore().read(key))?.result).toBe("new");
});

test("a refresh right after an answer computes, and is the last one", async () => {
  const [store, key] = [createResultStore(), newKey()];
  await store.getOrCompute(key, () => "old");
  expect(await store.getOrCompute(key, () => "new", { refresh: true })).toBe("new");
  expect((await createResultStore().read(key))?.result).toBe("new");
  expect(await store.getOrCompute(key, () => "newer")).toBe("new");
});
