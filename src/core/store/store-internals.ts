import type { Look } from "./record-access.ts";
import type { ComputeContext, GetOrComputeOptions, ReadOptions } from "./call-options.ts";

/** What tasks and transactions ask of a store, beside what everybody does. */
export const internals: unique symbol = Symbol("internals");

/** Writes a computed value down. Rejects with what kept it from being kept, which an event has told already. */
export type Keep = (value: unknown) => Promise<void>;

export interface StoreInternals {
  /** As `getOrCompute`, but `compute` calls `keep` itself; where it doesn't, nothing is kept. */
  answer(
    key: string,
    compute: (context: ComputeContext, keep: Keep) => Promise<unknown>,
    options: GetOrComputeOptions,
  ): Promise<unknown>;
  /** Rejects where the storage can't work as it is set up; afterwards it is known what it can do. */
  assertUsable(): Promise<void>;
  /** The record that a cached call finds: at once, or after waiting for one who has the lock. Nothing that is wrong with a record or a storage makes it reject. */
  look(key: string, options: ReadOptions): Promise<Look>;
}
