import type { ResultRecord } from "../record/result-record.ts";
import type { Duration } from "../support/duration.ts";
import type { CreateRecordOptions, ReadOptions } from "./call-options.ts";

/**
 * Runs calls of tasks elsewhere or later. A store only holds a scheduler, and tasks hand their deferred calls to it.
 * To write one, extend `TaskScheduler`.
 */
export interface Scheduler {
  /**
   * Schedules a call, unless its result exists. Rejects with
   *
   * - `ConfigurationError` if the call has no key,
   * - the error of the serializer for arguments that it can't serialize,
   * - the reason of a scheduler that refuses the call.
   */
  defer(call: DeferCall): Promise<DeferredCall<unknown>>;
}

/** The part of a store that a scheduler uses. `ResultStore` has it. */
export interface DeferringStore {
  /** Whether there is a record that has not expired. */
  exists(key: string): Promise<boolean>;
  /** The record, or `undefined`. See `ResultStore.read`. */
  read(key: string, options?: ReadOptions): Promise<ResultRecord | undefined>;
  /** A record that is not kept yet. See `ResultStore.createResultRecord`. */
  createResultRecord(result: unknown, options?: CreateRecordOptions): ResultRecord;
}

/** A call of a task that a scheduler is to run. */
export interface DeferCall {
  /** The store of the result. */
  readonly store: DeferringStore;
  /** Its serializer encodes the arguments, since the serializer of `store` may be for results only. */
  readonly argumentsStore: DeferringStore;
  /** The name of the task. */
  readonly task: string;
  /** The task's `cacheKey` for the arguments. */
  readonly key: string | undefined;
  /** The arguments of the call. */
  readonly args: readonly unknown[];
  /** Whether an existing result is computed again. */
  readonly refresh: boolean;
}

/** A scheduled call. It goes on even if this object is discarded. */
export interface DeferredCall<T> {
  /** The key of its result. */
  readonly key: string;
  /** The name of its task. */
  readonly task: string;
  /** Its state. `undefined` if the scheduler no longer knows the call. Rejects if the scheduler can't be reached. */
  status(): Promise<DeferredStatus | undefined>;
  /**
   * Its result, once it is kept: waits through lost connections. Rejects with `TaskFailedError` once the last try has
   * failed, with `ResultTimeoutError` after `timeout`, with the reason of a signal that aborts, and with
   * `RecordNotFoundError` where the result was kept and is gone. The call itself goes on after a timeout or an abort.
   */
  result(options?: AwaitDeferredOptions): Promise<T>;
}

/** The state of a deferred call. */
export interface DeferredStatus {
  /** `"done"`: the result is kept. `"failed"`: no further try follows. */
  readonly state: "pending" | "running" | "done" | "failed";
  /** The number of tries that have begun. */
  readonly attempts: number;
  /** The reason of the last failure. */
  readonly error?: { readonly name: string; readonly message: string };
  /** When the next try is due, in milliseconds since 1970. Absent if none follows. */
  readonly nextAttemptAt?: number;
}

/** The options of `DeferredCall.result`. */
export interface AwaitDeferredOptions {
  /** Ends the wait with the signal's reason. The call itself goes on. */
  signal?: AbortSignal | undefined;
  /** How long to wait. Absent: no limit. */
  timeout?: Duration | undefined;
}
