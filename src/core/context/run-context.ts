import type { ResultStore } from "../store/result-store.ts";

/**
 * One run of a flow or a task. In Workers and Node it follows awaits; in browsers it ends at the first one, so take it
 * before and use `run.run(task, ...args)` after.
 */
export interface RunContext {
  readonly kind: "flow" | "task";
  readonly name: string;
  /** 32 hex digits that no other run has. */
  readonly id: string;
  /** What the flow or the task was called with, by name. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Where tasks called in it keep their results, unless they name another store. */
  readonly store: ResultStore;
  /** Whether its results are kept; undefined where it doesn't say. */
  readonly persistResult: boolean | undefined;
  /** The run that it was begun in. */
  readonly parent: RunContext | undefined;
  /** The run of the flow that this is, or is inside of. */
  readonly flow: RunContext | undefined;
  /** Calls a task, a flow, or any function, as though it was called inside of this run. */
  run<Args extends readonly unknown[], Result>(fn: (...args: Args) => Result, ...args: Args): Result;
}
