import type { Progress } from "../../core/concurrency/progress.ts";

/** What both hooks return beside the value. */
export interface ResultCommon {
  /** Whether the value has expired or was invalidated. A component may show it until a newer one is there. */
  readonly isStale: boolean;
  /** How far the computation is that a component waits for. `undefined`: none runs, or it has not said so. */
  readonly progress: Progress | undefined;
  /**
   * Computes again. The value stays until the new one is there. Resolves when the outcome is shown, and never rejects: a
   * failure is the `error`. Its arguments are ignored, so that it can be an event handler.
   */
  readonly refresh: () => Promise<void>;
  /** Says that the data behind the result has changed, in all contexts. Mounted components then ask again. Rejects as `store.invalidate` does. */
  readonly invalidate: () => Promise<void>;
}

/** What `useResult` returns. The same object until something changes. */
export type ResultState<T> = ResultCommon &
  (
    | { readonly status: "pending"; readonly value: undefined; readonly error: undefined }
    | { readonly status: "success"; readonly value: T; readonly error: undefined }
    /** `value`: that of before, if a refresh has failed. */
    | { readonly status: "error"; readonly value: T | undefined; readonly error: unknown }
  );

/** What `useSuspenseResult` returns. The same object until something changes. */
export interface SuspenseResultState<T> extends ResultCommon {
  /** The result. */
  readonly value: T;
  /** The error of the last refresh, if it failed. */
  readonly error: unknown;
}
