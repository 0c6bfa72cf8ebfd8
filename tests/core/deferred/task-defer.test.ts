import { expect, expectTypeOf, test } from "vitest";
import { NO_CACHE } from "../../../src/core/keys/cache-policy.ts";
import type { DeferredCall } from "../../../src/core/options/scheduler.ts";
import { MemoryTaskScheduler } from "../../../src/core/deferred/memory-task-scheduler.ts";
import { ConfigurationError, TaskFailedError } from "../../../src/errors/index.ts";
import { createTaskWorld } from "../tasks/task-world.ts";

test("a call that is deferred is done by the store's scheduler, and its result is that of the task", async () => {
  const { task, store } = createTaskWorld();
  let runs = 0;
  const scheduler = new MemoryTaskScheduler({ tasks: () => [square] });
  const square = task(
    async (x: number) => {
      runs++;
      return { square: x * x };
    },
    { name: "square", version: "1", store: store.withOptions({ scheduler }) },
  );
  const call = await square.defer([3]);
  expectTypeOf(call).toEqualTypeOf<DeferredCall<{ square: number }>>();
  expect(call).toMatchObject({ key: await square.cacheKey([3]), task: "square" });
  expect(await call.result()).toEqual({ square: 9 });
  expect([await square(3), (await store.read(call.key))?.result, runs]).toEqual([{ square: 9 }, { square: 9 }, 1]);
  expect((await (await square.defer([3])).status())?.state).toBe("done");
  expect(runs).toBe(1);
});

test("one that fails for good rejects with the reason", async () => {
  const { task, store } = createTaskWorld();
  const scheduler = new MemoryTaskScheduler({ tasks: () => [broken], maxAttempts: 1 });
  const broken = task(
    (): number => {
      throw new Error("no data for 2026");
    },
    { name: "broken", version: "1", store: store.withOptions({ scheduler }) },
  );
  const failed = (await broken.defer([])).result();
  await expect(failed).rejects.toBeInstanceOf(TaskFailedError);
  await expect(failed).rejects.toThrow("no data for 2026");
});

test("without a scheduler, or without a key for the result, deferring is refused in one line", async () => {
  const { task, store } = createTaskWorld();
  const plain = task((x: number) => x, { name: "plain" });
  await expect(plain.defer([1])).rejects.toThrow(ConfigurationError);
  await expect(plain.defer([1])).rejects.toThrow(/^The store has no scheduler: .*remote.*$/);
  await expect(plain.defer({ x: 1 } as never)).rejects.toThrow("defer takes the arguments of the call as an array");
  const scheduler = new MemoryTaskScheduler({ tasks: () => [plain] });
  const uncached = plain.withOptions({ store: store.withOptions({ scheduler }), cachePolicy: NO_CACHE });
  await expect(uncached.defer([1])).rejects.toThrow(/^The call of "plain" can't be deferred: it is not cached.*$/);
});
