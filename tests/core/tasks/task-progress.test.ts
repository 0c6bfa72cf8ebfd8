import { describe, expect, test } from "vitest";
import { getRunContext } from "../../../src/core/context/run.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { Progress } from "../../../src/core/concurrency/progress.ts";
import { ConfigurationError, InvalidArgumentError } from "../../../src/errors/index.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { createStore } from "../../stores.ts";
import { createTaskWorld } from "./task-world.ts";

describe("the progress of a task", () => {
  test("reaches its callers here and in another context", async () => {
    const shared = { resultStorage: new MemoryStorage(), lockManager: new MemoryLockManager() };
    const { task } = createTaskWorld();
    const [told, end] = [new Array<string>(), gate()];
    const listen = (name: string) => (progress: Progress) => told.push(`${name} ${JSON.stringify(progress)}`);
    const count = async (x: number) => {
      const run = getRunContext();
      await Promise.resolve();
      run.progress(0.5, "half");
      await end.opened;
      return x;
    };
    const options = () => ({ name: "count", version: "1", persistResult: true, store: createStore(shared) });
    const one = task(count, { ...options(), onProgress: listen("here") });
    const other = task(count, { ...options(), onProgress: listen("there") });
    const calls = [one(1)];
    await eventually(() => told.length > 0, "nothing is told here");
    calls.push(other(1));
    await eventually(() => told.length > 1, "nothing is told there");
    end.open();
    expect(await Promise.all(calls)).toEqual([1, 1]);
    const half = '{"fraction":0.5,"note":"half"}';
    expect(told).toEqual([`here ${half}`, `there ${half}`]);
  });

  test("has to be one, also where nobody waits for it", async () => {
    const { task, flow } = createTaskWorld();
    const report = (fraction: number) => getRunContext().progress(fraction);
    const makers = [task(report), task(report, { persistResult: false }), flow(report)];
    for (const run of makers) {
      await expect(run(0.5)).resolves.toBeUndefined();
      await expect(run(2)).rejects.toThrow(InvalidArgumentError);
    }
  });

  test("needs a function that listens", () => {
    expect(() => createTaskWorld().task(() => 1, { onProgress: "log" as never })).toThrow(ConfigurationError);
  });
});
