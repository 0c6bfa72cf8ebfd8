import type { CacheKey } from "../keys/cache-policy.ts";
import type { Answer } from "../answers/computation.ts";
import type { GetOrComputeOptions } from "../options/call-options.ts";
import type { ResultStore } from "../store/result-store.ts";

/** A method of tasks for integrations only. It takes the arguments of a call that is made with options of its own. */
export const prepare: unique symbol = Symbol("prepare");

/** Whether it is a task. */
export function isTask(task: unknown): task is PreparingTask {
  return typeof task === "function" && prepare in task;
}

interface PreparingTask {
  readonly [prepare]: (args: readonly unknown[]) => PreparedCall;
}

/** A call whose result may be looked for before it is made. */
export interface PreparedCall {
  readonly key: CacheKey;
  /** The call with the key that it turned out to have. Throws as the call would reject. */
  at(key: string | undefined): PlacedCall;
}

export interface PlacedCall {
  /** The store of the result. */
  readonly store: ResultStore;
  /** `undefined`: the call is not cached. */
  readonly key: string | undefined;
  /** The options that a call of the task has here. */
  readonly options: GetOrComputeOptions;
  /** Makes the call, with these options in place of its own. */
  answer(options: GetOrComputeOptions): Promise<Pick<Answer, "value" | "isStale" | "isFor">>;
}
