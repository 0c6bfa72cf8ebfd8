import type { Look } from "./record-access.ts";
import type { ComputeContext, GetOrComputeOptions, ReadOptions } from "./call-options.ts";

/** Methods of a store for tasks and transactions only. */
export const internals: unique symbol = Symbol("internals");

/** Keeps a computed value. Rejects if that fails, after an event has reported it. */
export type Keep = (value: unknown) => Promise<void>;

export interface StoreInternals {
  /** Like `getOrCompute`, but `compute` calls `keep` itself. If it doesn't, nothing is kept. */
  answer(
    key: string,
    compute: (context: ComputeContext, keep: Keep) => Promise<unknown>,
    options: GetOrComputeOptions,
  ): Promise<unknown>;
  /** Rejects if the storage is not set up correctly. Afterwards its capabilities are known. */
  assertUsable(): Promise<void>;
  /**
   * The look of a cached call, at once or after a wait for another holder. Problems with a record or a storage never
   * make it reject.
   */
  look(key: string, options: ReadOptions): Promise<Look>;
}
