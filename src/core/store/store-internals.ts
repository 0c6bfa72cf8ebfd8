import type { Look } from "./record-access.ts";
import type { ComputeContext, GetOrComputeOptions, ReadOptions } from "./call-options.ts";

/** Methods of a store for tasks and transactions only. */
export const internals: unique symbol = Symbol("internals");

/**
 * Takes the bytes of a computed value at once. The returned function keeps them. It rejects if that fails, after an event
 * has reported it. With a `refusal` it fails for that reason, and callers that joined compute for themselves.
 */
export type Keep = (value: unknown) => (refusal?: Error) => Promise<void>;

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
