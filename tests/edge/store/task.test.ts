import { expect, test, vi } from "vitest";
import { createResultStore, task } from "../../../workers/edge.ts";

test("without a store of its own a task keeps its results where the Worker is bound to", async () => {
  const run = vi.fn((x: number) => x * 2);
  const name = `double-${crypto.randomUUID()}`;
  const options = { name, version: "1" };
  expect(await task(run, options)(21)).toBe(42);
  const elsewhere = createResultStore();
  const key = await task(run, options).cacheKey([21]);
  await vi.waitFor(async () => expect(key !== undefined && (await elsewhere.exists(key))).toBe(true));
  expect(await task(run, { ...options, store: elsewhere })(21)).toBe(42);
  expect(run).toHaveBeenCalledTimes(1);
});
