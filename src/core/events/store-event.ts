import type { Progress } from "../concurrency/progress.ts";
import type { ChangeKind, Invalidation, InvalidationMode, InvalidationTarget } from "../invalidation/invalidation.ts";

/** The source of an answer. */
export type ResultSource =
  /** computed by this call */
  | "computed"
  /** the memory cache of this context */
  | "memory"
  /** the storage, where it was kept before */
  | "storage"
  /** another call in this context that was already computing it */
  | "joined"
  /** another tab, worker or region that computed it while this call waited */
  | "waited";

/** The reason why a call found no usable record. */
export type MissReason =
  /** there is no record */
  | "absent"
  /** the record has expired, and no option allows a stale one */
  | "expired"
  /** a computation in the background replaces a record that is stale, or due */
  | "stale"
  /** an invalidation covers the record */
  | "invalidated"
  /** the record is damaged */
  | "corrupt"
  /** nobody here can read the record: its version, its serializer or a class in it is not known */
  | "unsupported"
  /** the result doesn't fit the schema */
  | "schema-mismatch"
  /** the storage failed */
  | "storage-error"
  /** the option `refresh` or `refreshCache` asks for a new result */
  | "refresh";

/**
 * An event of a store, emitted in the order in which things happen. Durations are milliseconds. `call` is the id of a call of
 * `getOrCompute` or a task, unique in this context. All work that the call begins has its id, also after `done`: a deferred
 * write, or a computation in the background.
 */
export type StoreEvent =
  /** A call begins that memory can't answer, or one in a transaction. `getOrCompute` emits it before it returns its promise. */
  | { readonly type: "call-start"; readonly key: string; readonly call: number }
  /** The call waits for a computation of another call in this context, whose id is `to`. It has none if nobody listened when it began. */
  | { readonly type: "join"; readonly key: string; readonly call: number; readonly to?: number | undefined }
  /** The call has thrown. Its last event, unless other callers wait for its computation. */
  | {
      readonly type: "call-error";
      readonly key: string;
      readonly call: number;
      readonly error: unknown;
      readonly duration: number;
    }
  /** The call has looked for the record in the storage. `miss`: the reason why the record is not usable. */
  | {
      readonly type: "look";
      readonly key: string;
      readonly call: number;
      readonly miss?: MissReason;
      readonly duration: number;
    }
  /** `getOrCompute` or a task has its answer. The last event of every call that doesn't throw, unless `waitUntil` defers the write. */
  | {
      readonly type: "done";
      readonly key: string;
      readonly call: number;
      readonly source: ResultSource;
      /** The `type` of the storage that had the record, if there are several: `"kv"`, `"r2"`, `"http"`. */
      readonly from?: string;
      /** The answer has expired, and the options allow that. */
      readonly isStale?: true;
      readonly duration: number;
    }
  /** There is no usable record, so the call computes, joins or waits. */
  | {
      readonly type: "miss";
      readonly key: string;
      /** Absent for a transaction that reads the record of its own key. */
      readonly call?: number;
      readonly reason: MissReason;
      readonly error?: unknown;
      /** The last invalidation that covered the record, if it is known. */
      readonly invalidation?: Invalidation;
    }
  /** The call asks for the lock on the key. */
  | { readonly type: "lock-wait"; readonly key: string; readonly call: number; readonly holder: string }
  /** The call, or a caller by hand, has the lock. `token`: the fencing token. `takenOver`: the previous lease ran out. */
  | {
      readonly type: "lock-acquired";
      readonly key: string;
      readonly call?: number;
      readonly holder: string;
      readonly token: number;
      readonly takenOver: boolean;
    }
  /** The call has given the lock back. */
  | { readonly type: "lock-released"; readonly key: string; readonly call?: number; readonly holder: string }
  /** The lease ended before the work did, and another may be computing now. */
  | {
      readonly type: "lock-lost";
      readonly key: string;
      readonly call?: number;
      readonly holder: string;
      readonly error: unknown;
    }
  /** The lock request failed; the computation goes on without the lock. */
  | {
      readonly type: "lock-error";
      readonly key: string;
      readonly call?: number;
      readonly holder: string;
      readonly error: unknown;
    }
  /** The function begins. */
  | { readonly type: "compute-start"; readonly key: string; readonly call: number; readonly holder: string }
  /** A computation here, or one that a call waits for, said how far it is. */
  | ({ readonly type: "progress"; readonly key: string; readonly call?: number } & Progress)
  /** The function has returned a value, after `duration` milliseconds. */
  | {
      readonly type: "compute-end";
      readonly key: string;
      readonly call: number;
      readonly holder: string;
      readonly duration: number;
    }
  /** The function has thrown. */
  | {
      readonly type: "compute-error";
      readonly key: string;
      readonly call: number;
      readonly holder: string;
      readonly error: unknown;
    }
  /** The storage has kept a record. `size`: bytes of the body. */
  | {
      readonly type: "write";
      readonly key: string;
      readonly call?: number;
      readonly size: number;
      readonly duration: number;
    }
  /** A computation in the background failed. Its callers have a stale result. */
  | { readonly type: "refresh-error"; readonly key: string; readonly call?: number; readonly error: unknown }
  /** The value was computed and returned to the caller, but could not be kept. */
  | { readonly type: "write-error"; readonly key: string; readonly call?: number; readonly error: unknown }
  /** A hook failed during the rollback of a transaction; the other hooks ran all the same. */
  | { readonly type: "hook-error"; readonly key?: string; readonly error: unknown }
  /** A record was deleted by hand. */
  | { readonly type: "delete"; readonly key: string }
  /** All records were deleted. */
  | { readonly type: "clear" }
  /** A sweep has ended. It deleted `expired` records that had expired, and `evicted` others to make room. */
  | { readonly type: "sweep"; readonly expired: number; readonly evicted: number }
  /** Records were invalidated from here. */
  | { readonly type: "invalidate"; readonly target: InvalidationTarget; readonly mode: InvalidationMode }
  /** Records changed in another context and were dropped from the memory cache. */
  | { readonly type: "change"; readonly kind: ChangeKind; readonly target: InvalidationTarget }
  /** The storage or the locks named by `from` can't be reached, so work goes on with the nearer ones. Emitted once until they answer again. */
  | { readonly type: "offline"; readonly from: string; readonly error: unknown }
  /** Follows `offline`. After a `fallback` to memory it says that the database opened, and has what memory held. */
  | { readonly type: "online"; readonly from: string }
  /** The storage or the locks named by `from` can't be used here now, and `to` stands in for them, for this store alone. */
  | { readonly type: "fallback"; readonly from: string; readonly to: string; readonly error: unknown };

/** Receives events. Its errors can't fail a call. */
export type StoreListener = (event: StoreEvent) => void;

/** Reports the errors of a listener as uncaught errors, as platforms do for event listeners. They fail no call. */
export function guardListener<Event>(listener: (event: Event) => unknown): (event: Event) => void {
  return (event) => {
    try {
      // the listener may be async
      Promise.resolve(listener(event)).catch(report);
    } catch (error) {
      report(error);
    }
  };
}

const warned = new Set<string>();

type Trouble = Extract<StoreEvent, { type: "write-error" | "refresh-error" }>;
type TroubleListener = (event: Trouble) => void;

/** Tells that a result is not kept. */
export function tellUnkept(emit: TroubleListener | undefined, key: string, error: unknown): void {
  tell(emit, { type: "write-error", key, error });
}

/** Tells of trouble that no caller sees. Without a listener it warns, once for each key and reason. */
export function tell(emit: TroubleListener | undefined, event: Trouble): void {
  if (emit) return emit(event);
  const { type, key, error } = event;
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  // somebody here changed the record, or ended the call, on purpose
  if (code === "INVALIDATED" || name === "AbortError") return;
  const reason = String([type, key, code ?? name]);
  if (warned.has(reason)) return;
  if (warned.size >= 1_000) warned.clear();
  warned.add(reason);
  const what = type === "write-error" ? `The result of "${key}" is not kept` : `"${key}" stays stale`;
  const advice = advices.get(code) ?? "Pass onEvent to the store to handle this";
  const { console } = globalThis as { console?: Pick<Console, "warn"> };
  const text = error instanceof Error || typeof error === "string" ? String(error) : `no Error but ${typeof error}`;
  console?.warn(`[reprise] ${what}: ${text}. ${advice}`);
}

/** The way out, by the code of the error. Errors with other codes name it themselves. */
const advices: ReadonlyMap<unknown, string> = /* @__PURE__ */ new Map([
  ["SERIALIZATION", "Return a value that the serializer takes, give it the class, or set keep: false"],
  ["STORAGE_QUOTA", "Free room with store.sweep(), or set maxBytes"],
  ["STORAGE", "Look at its cause, or use a storage that takes larger records"],
  ["STORAGE_UNREACHABLE", "Calls compute again until it answers"],
  ["STALE_LOCK", "Set a longer holdTimeout if the computation blocks its thread"],
  ["ACCESS_DENIED", "Give the page a token that allows it"],
  ["COMPUTE_TIMEOUT", "Set a longer computeTimeout"],
  ["SCHEMA_MISMATCH", "Return a value that fits the schema, or change the schema"],
  ["UNSUPPORTED_RECORD", "Update the library here, register the serializer, or delete the record"],
]);

/** Reports an error without a handler as an uncaught error. Node has no `reportError`. */
export function report(error: unknown): void {
  const { reportError, console } = globalThis as { reportError?: (error: unknown) => void; console?: Console };
  if (reportError) reportError(error);
  else console?.error(error);
}
