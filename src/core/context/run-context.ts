import type { ResultStore } from "../store/result-store.ts";
import type { ReportProgress } from "../concurrency/progress.ts";

/**
 * One run of a flow or a task. In Workers and Node it is available across awaits. In browsers it ends at the first one, so
 * read it before, and use `run.run(task, ...args)` after.
 */
export interface RunContext {
  /** Whether it is the run of a flow or of a task. */
  readonly kind: "flow" | "task";
  /** The name of the flow or the task. */
  readonly name: string;
  /** 32 hex digits, unique to this run. */
  readonly id: string;
  /** The arguments of the flow or task, by name. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The store for tasks called in the run, unless they name another. */
  readonly store: ResultStore;
  /** Whether its results are kept; undefined if it doesn't say. */
  readonly persistResult: boolean | undefined;
  /** The run in which it began. */
  readonly parent: RunContext | undefined;
  /** The run of the surrounding flow, or this run if it is a flow's. */
  readonly flow: RunContext | undefined;
  /**
   * Tells how far this task is: a share of 0 to 1, and a note of at most 256 characters. Every caller that waits for the
   * result hears of it. Nobody waits for a flow, nor for a task that keeps nothing. Throws `InvalidArgumentError`.
   */
  readonly progress: ReportProgress;
  /**
   * Aborts when nobody waits for the result of this task any more, and after its `computeTimeout`. The signal of a flow, and of a
   * task in a transaction, never aborts.
   */
  readonly signal: AbortSignal;
  /** Calls a task, a flow, or any function, as if the call was made inside this run. */
  run<Args extends readonly unknown[], Result>(fn: (...args: Args) => Result, ...args: Args): Result;
}
