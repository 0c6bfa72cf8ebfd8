import type { ChangeWatcher, InFlightComputation } from "../cache/cached-records.ts";
import type { InvalidationTarget } from "../invalidation/invalidation.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import type { ResultRecord } from "../record/result-record.ts";
import type { Look, LookOptions } from "./record-access.ts";
import type { ComputeContext, GetOrComputeOptions, ReadOptions } from "./call-options.ts";

/** Methods of a store for tasks and transactions only. */
export const internals: unique symbol = Symbol("internals");

/**
 * Takes the bytes of a computed value at once. `output`: the value for the callers, which a schema may change. `inputs` gives the
 * field of the record's metadata. The returned function keeps them. It rejects if that fails, after an event has reported it.
 * With a `refusal` it fails for that reason, and callers that joined compute for themselves.
 */
export type Keep = (value: unknown, output: unknown, inputs?: InputsOfRecord) => (refusal?: Error) => Promise<void>;

type InputsOfRecord = () => Promise<NonNullable<ResultRecordMetadata["inputs"]>>;

/** The steps of a call that it takes together with other calls. */
export interface CallSteps {
  /** Reads the record, in place of the storage. */
  readonly read: LookOptions["read"];
  /** Called when it has to wait for a computation elsewhere. */
  readonly onWait: () => void;
  /** Called when it has a stale answer, and looks and computes again until `end`. */
  readonly onRefresh: (end: Promise<unknown>) => void;
}

export interface StoreInternals {
  /** Like `getOrCompute`, but `compute` calls `keep` itself. If it doesn't, nothing is kept. */
  answer(
    key: string,
    compute: (context: ComputeContext, keep: Keep) => Promise<unknown>,
    options: GetOrComputeOptions,
    steps?: CallSteps,
  ): Promise<unknown>;
  /** Notes work in progress on a key, whose value must not be kept after an invalidation. Returns a function to call at its end. */
  beginWork(work: InFlightComputation): () => void;
  /** Calls `watcher` with every change of records, here and in other contexts. Returns a function that ends this. */
  watch(watcher: ChangeWatcher): () => void;
  /** Drops records that were invalidated elsewhere from memory, here and in other contexts. */
  noteInvalidation(target: InvalidationTarget): void;
  /** Rejects if the storage is not set up correctly. Afterwards its capabilities are known. */
  assertUsable(): Promise<void>;
  /**
   * The look of a cached call, at once or after a wait for another holder. Problems with a record or a storage never
   * make it reject.
   */
  look(key: string, options: ReadOptions): Promise<Look>;
  /** The record that a call would find now. It waits for no lock, tells nothing and marks nothing as used. */
  peek(key: string, options: GetOrComputeOptions): Promise<Look>;
  /** The record of a value, if the options let it be kept. */
  recordOf(key: string, value: unknown, options: GetOrComputeOptions): ResultRecord | undefined;
}
