import { expect, test } from "vitest";
import { getRunContext } from "../../../src/core/context/run.ts";
import { createFlow } from "../../../src/core/tasks/flow.ts";
import { createTask } from "../../../src/core/tasks/task.ts";
import { createStore } from "../../stores.ts";

const store = createStore();
const task = createTask(() => store);
const flow = createFlow(() => store);

test("the signal of a task's run aborts after its computeTimeout", async () => {
  let seen: AbortSignal | undefined;
  const slow = task(
    async () => {
      const { signal } = getRunContext();
      seen = signal;
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    },
    { name: "slow", version: "1", cacheExpiration: "1h", computeTimeout: 20, cacheKeyFn: () => "slow" },
  );
  await expect(slow()).rejects.toMatchObject({ code: "COMPUTE_TIMEOUT" });
  expect(seen!.aborted).toBe(true);
});

test("the signal of a flow's run, and of a task that keeps nothing, is one that never aborts", async () => {
  const signalOf = () => getRunContext().signal;
  const uncached = task(signalOf, { name: "uncached", persistResult: false });
  const run = flow(async () => [signalOf(), await uncached()], { name: "run" });
  for (const signal of await run()) expect(signal).toMatchObject({ aborted: false });
});
