import { expect, test } from "vitest";
import { createResultStore, task } from "../../../src/browser/index.ts";

test("a task without a store keeps its results where createResultStore() finds them", async () => {
  const square = task((x: number) => ({ square: x * x }), { name: `square-${crypto.randomUUID()}` });
  const first = await square(3);
  expect(await square(3)).toBe(first);

  const store = createResultStore();
  const record = await store.read((await square.cacheKey([3])) ?? "");
  expect(record?.result).toEqual({ square: 9 });
  expect(store.resultStorage.type).toBe("indexed-db");
  await store.close();
});
