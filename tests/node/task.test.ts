import { expect, test } from "vitest";
import { task } from "../../src/node/index.ts";

test("tasks without a store share one in this process's memory", async () => {
  let runs = 0;
  const count = (): number => ++runs;
  expect([await task(count)(), await task(count)()]).toEqual([1, 1]);
});
