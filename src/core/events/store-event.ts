/** Where an answer came from. */
export type ResultSource =
  /** computed by this very call */
  | "computed"
  /** the memory cache of this context */
  | "memory"
  /** the storage, where it lay before */
  | "storage"
  /** another call in this context that was already computing it */
  | "joined"
  /** another tab, worker or region that computed it while this call waited */
  | "waited";

/** Why a call found nothing that it could use. */
export type MissReason =
  | "absent"
  | "expired"
  | "corrupt"
  | "unsupported"
  | "schema-mismatch"
  | "storage-error"
  | "refresh";

/** What a store tells of its work, in the order in which it happens. Durations are milliseconds. */
export type StoreEvent =
  /** `getOrCompute` or a task is answered; the last event of every call that doesn't throw, where no `waitUntil` lets the write follow. */
  | {
      readonly type: "done";
      readonly key: string;
      readonly source: ResultSource;
      /** The `type` of the storage that it was read from, where there are several: `"kv"`, `"r2"`, `"http"`. */
      readonly from?: string;
      readonly duration: number;
    }
  | { readonly type: "miss"; readonly key: string; readonly reason: MissReason; readonly error?: unknown }
  | { readonly type: "lock-wait"; readonly key: string; readonly holder: string }
  | {
      readonly type: "lock-acquired";
      readonly key: string;
      readonly holder: string;
      readonly token: number;
      readonly takenOver: boolean;
    }
  | { readonly type: "lock-released"; readonly key: string; readonly holder: string }
  /** The lease ended before the work did, and another may be computing now. */
  | { readonly type: "lock-lost"; readonly key: string; readonly holder: string; readonly error: unknown }
  /** The lock could not be asked for; the computation goes on without it. */
  | { readonly type: "lock-error"; readonly key: string; readonly holder: string; readonly error: unknown }
  | { readonly type: "compute-start"; readonly key: string; readonly holder: string }
  | { readonly type: "compute-end"; readonly key: string; readonly holder: string; readonly duration: number }
  | { readonly type: "compute-error"; readonly key: string; readonly holder: string; readonly error: unknown }
  /** `size`: bytes of the body. */
  | { readonly type: "write"; readonly key: string; readonly size: number; readonly duration: number }
  /** The value was computed and given to the caller, but could not be kept. */
  | { readonly type: "write-error"; readonly key: string; readonly error: unknown }
  /** A hook of a transaction that rolls back has failed; the others ran all the same. */
  | { readonly type: "hook-error"; readonly key?: string; readonly error: unknown }
  | { readonly type: "delete"; readonly key: string }
  | { readonly type: "clear" }
  | { readonly type: "sweep"; readonly expired: number; readonly evicted: number }
  /** Records changed elsewhere and were dropped from the memory cache; without `keys`: all of them. */
  | { readonly type: "invalidate"; readonly keys?: readonly string[] }
  /** The storage or the locks named by `type` of theirs can't be reached: work goes on with what is nearer. Told once until they answer again. */
  | { readonly type: "offline"; readonly from: string; readonly error: unknown }
  | { readonly type: "online"; readonly from: string }
  /** A storage can't be used here, and another one takes its place. */
  | { readonly type: "fallback"; readonly from: string; readonly to: string; readonly error: unknown };

/** Receives events. What it throws is swallowed: a listener can't fail a call. */
export type StoreListener = (event: StoreEvent) => void;

/** A listener that throws is reported as an uncaught error, as the platforms do for event listeners, and fails no call. */
export function guardListener(listener: StoreListener): StoreListener {
  return (event) => {
    try {
      // an async one may be given for it
      Promise.resolve(listener(event)).catch(report);
    } catch (error) {
      report(error);
    }
  };
}

/** What nobody is there to hear of becomes an uncaught error. Node has no `reportError`. */
export function report(error: unknown): void {
  const { reportError, console } = globalThis as { reportError?: (error: unknown) => void; console?: Console };
  if (reportError) reportError(error);
  else console?.error(error);
}
