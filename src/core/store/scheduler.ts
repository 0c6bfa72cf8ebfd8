import type { ResultRecord } from "../record/result-record.ts";
import type { Duration } from "../support/duration.ts";
import type { CreateRecordOptions, ReadOptions } from "./call-options.ts";

/**
 * Has calls of tasks done elsewhere or later. A store only carries one, and tasks hand their deferred calls to it.
 * To write one, extend `TaskScheduler`.
 */
export interface Scheduler {
  /**
   * Hands a call over, unless its result is there. Rejects with `ConfigurationError` where the call has no key, with
   * what the serializer says of arguments that it can't carry, and with what the scheduler refuses it with.
   */
  defer(call: DeferCall): Promise<DeferredCall<unknown>>;
}

/** What a scheduler asks of a store. `ResultStore` fits. */
export interface DeferringStore {
  exists(key: string): Promise<boolean>;
  read(key: string, options?: ReadOptions): Promise<ResultRecord | undefined>;
  createResultRecord(result: unknown, options?: CreateRecordOptions): ResultRecord;
}

export interface DeferCall {
  /** Where the result is looked for. */
  readonly store: DeferringStore;
  /** Its serializer carries the arguments: that of `store` may be made for results only. */
  readonly argumentsStore: DeferringStore;
  /** The name of the task. */
  readonly task: string;
  /** What the task's `cacheKey` gives for the arguments. */
  readonly key: string | undefined;
  readonly args: readonly unknown[];
  /** Whether a result that is kept already is computed anew. */
  readonly refresh: boolean;
}

/** A call that was handed over. It goes on whatever becomes of this object. */
export interface DeferredCall<T> {
  /** Where its result is kept. */
  readonly key: string;
  /** The name of its task. */
  readonly task: string;
  /** How far it is; `undefined` where nothing is known of it any more. Rejects where that can't be asked. */
  status(): Promise<DeferredStatus | undefined>;
  /**
   * Its result, once it is kept: waits through lost connections. Rejects with `TaskFailedError` once the last try has
   * failed, with a `TimeoutError` (a `DOMException`) after `timeout`, with the reason of a signal that aborts, and
   * with `RecordNotFoundError` where the result was kept and is gone. The call itself goes on after the first two.
   */
  result(options?: AwaitDeferredOptions): Promise<T>;
}

/** What is known of a deferred call. */
export interface DeferredStatus {
  /** `"done"`: the result is kept. `"failed"`: no further try will be made. */
  readonly state: "pending" | "running" | "done" | "failed";
  /** Tries begun. */
  readonly attempts: number;
  /** Why the last try failed. */
  readonly error?: { readonly name: string; readonly message: string };
  /** Milliseconds since 1970: when the next try is due, while there is one to come. */
  readonly nextAttemptAt?: number;
}

export interface AwaitDeferredOptions {
  signal?: AbortSignal | undefined;
  /** How long to wait; absent: as long as it takes. */
  timeout?: Duration | undefined;
}
