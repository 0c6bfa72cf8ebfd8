import { InvalidArgumentError } from "../../errors/index.ts";
import type { ChangeWatcher, InFlightComputation } from "../cache/cached-records.ts";
import type { CallListener } from "../events/call-events.ts";
import type { StoreListener } from "../events/store-event.ts";
import type { InvalidationTarget } from "../invalidation/invalidation.ts";
import type { ResultRecord } from "../record/result-record.ts";
import type { Answer } from "../answers/computation.ts";
import type { CallSteps, Keep } from "../answers/keep.ts";
import type { Look } from "../answers/record-access.ts";
import type { ComputeContext, GetOrComputeOptions, ReadOptions } from "../options/call-options.ts";

/** Methods of a store for the rooms that stand on it only. */
export const internals: unique symbol = Symbol("internals");

/** Throws `InvalidArgumentError` unless `store` is a store. */
export function assertStore(store: unknown, of: string): void {
  if (internals in Object(store)) return;
  throw new InvalidArgumentError(`${of} needs a ResultStore as its first argument; got ${typeof store}`);
}

export interface StoreInternals {
  /** Like `getOrCompute`, but `compute` calls `keep` itself. If it doesn't, nothing is kept. */
  answer(
    key: string,
    compute: (context: ComputeContext, keep: Keep) => Promise<unknown>,
    options: GetOrComputeOptions,
    steps?: CallSteps,
  ): Promise<unknown>;
  /** The same, with the circumstances of the value. */
  answerWhole(
    key: string,
    compute: (context: ComputeContext, keep: Keep) => Promise<unknown>,
    options: GetOrComputeOptions,
    steps?: CallSteps,
  ): Promise<Answer>;
  /** The fresh record that memory has. */
  recall(key: string): ResultRecord | undefined;
  /** Notes work in progress on a key, whose value must not be kept after an invalidation. Returns a function to call at its end. */
  beginWork(work: InFlightComputation): () => void;
  /** Calls `watcher` with every change of records, here and in other contexts. Returns a function that ends this. */
  watch(watcher: ChangeWatcher): () => void;
  /** `onEvent`, and the listeners that came later. */
  listeners(): Set<StoreListener>;
  /** Drops records that were invalidated elsewhere from memory, here and in other contexts. */
  noteInvalidation(target: InvalidationTarget): void;
  /** Rejects if the storage is not set up correctly. Afterwards its capabilities are known. */
  assertUsable(): Promise<void>;
  /**
   * The look of a cached call, at once or after a wait for another holder. Problems with a record or a storage never
   * make it reject. `emit` tells the looks as events of a call.
   */
  look(key: string, options: ReadOptions, emit?: CallListener): Promise<Look>;
  /** The record that a call would find now. It waits for no lock, tells nothing and marks nothing as used. */
  peek(key: string, options: GetOrComputeOptions): Promise<Look>;
  /** Makes the record of a value that is computed from now on, if the options let it be kept. */
  recordsOf(key: string, options: GetOrComputeOptions): (value: unknown) => ResultRecord | undefined;
}
