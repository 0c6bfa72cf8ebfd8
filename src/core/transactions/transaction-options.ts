import { ConfigurationError, InvalidArgumentError } from "../../errors/index.ts";
import type { CallEvents } from "../events/call-events.ts";
import { assertIsolationLevelName, type IsolationLevel } from "../locks/isolation-level.ts";
import { assertStorageKey } from "../record/storage-key.ts";
import type { ResultStore } from "../store/result-store.ts";
import type { StandardSchema } from "../freshness/standard-schema.ts";
import { assertOptions } from "../support/assert-options.ts";
import { type Duration, timesOf } from "../support/duration.ts";
import { CommitMode } from "../work/transaction.ts";
import type { UnitOfWork } from "../work/unit-of-work.ts";

/** The options of `transaction`. */
export interface TransactionOptions {
  /** The key of staged values. Without it nothing is kept, and the transaction only has hooks and children. */
  key?: string | undefined;
  /** The store of records. Default: that of the surrounding transaction, else the run's, else the runtime's own. */
  store?: ResultStore | undefined;
  /** When staged values become records. Default: that of the surrounding transaction, else `LAZY`. */
  commitMode?: CommitMode | undefined;
  /** `SERIALIZABLE` locks the key until the end. Default: that of the surrounding transaction, else `READ_COMMITTED`. */
  isolationLevel?: IsolationLevel | undefined;
  /** Begins as if there was no record under the key, and replaces it. */
  overwrite?: boolean | undefined;
  /** `false`: commits without keeping staged values. */
  writeOnCommit?: boolean | undefined;
  /**
   * How long to wait for a lock. Default: no limit. A transaction that holds another lock already waits for 30 seconds at
   * most, since two that take the same locks in opposite order wait for each other.
   */
  acquireTimeout?: Duration | undefined;
  /**
   * The holder of the lock on `key` that the caller has, such as `withLock` gives it. Without it, a transaction under the
   * caller's own lock would wait for itself.
   */
  holder?: string | undefined;
  /** Ends waits for locks. Once it has aborted, the transaction rolls back instead of committing. */
  signal?: AbortSignal | undefined;
}

/** The resolved options. */
export interface ResolvedTransactionOptions {
  readonly key: string | undefined;
  readonly store: ResultStore | undefined;
  readonly parent: UnitOfWork | undefined;
  readonly commitMode: CommitMode;
  readonly isolationLevel: IsolationLevel;
  readonly overwrite: boolean;
  readonly writeOnCommit: boolean;
  readonly acquireTimeout?: number | undefined;
  readonly holder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** That of the task, if the transaction was created for a call. */
  readonly schema?: StandardSchema | undefined;
  /** The same for tags. Absent if they depend on the value. */
  readonly tags?: readonly string[] | undefined;
  /** The same for its events. Absent if nobody listens. */
  readonly events?: CallEvents | undefined;
}

export const transactionOptionNames = [
  "key",
  "store",
  "commitMode",
  "isolationLevel",
  "overwrite",
  "writeOnCommit",
  "acquireTimeout",
  "holder",
  "signal",
] as const satisfies readonly (keyof TransactionOptions)[];

/** Throws `ConfigurationError` or `InvalidArgumentError` for invalid options. Calls `defaultStore` only if there is a key. */
export function resolveTransactionOptions(
  options: TransactionOptions,
  parent: UnitOfWork | undefined,
  defaultStore: () => ResultStore,
): ResolvedTransactionOptions {
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError(`transaction needs an object of options, be it {}; got ${String(options)}`);
  }
  assertOptions("transaction", options, transactionOptionNames);
  const { key, signal } = options;
  if (key !== undefined) assertStorageKey(key);
  const commitMode = options.commitMode ?? parent?.inheritedMode ?? CommitMode.LAZY;
  if (!Object.hasOwn(CommitMode, commitMode)) {
    throw new ConfigurationError(`Unknown commit mode ${commitMode}; known are ${Object.keys(CommitMode).join(", ")}`);
  }
  const isolationLevel = options.isolationLevel ?? parent?.isolationLevel ?? "READ_COMMITTED";
  assertIsolationLevelName(isolationLevel);
  const { store = parent?.inheritedStore ?? (key === undefined ? undefined : defaultStore()) } = options;
  if (store !== undefined && typeof store?.persistResultRecord !== "function") {
    throw new ConfigurationError("store has to be a ResultStore, such as createResultStore() returns");
  }
  return {
    key,
    store,
    parent,
    commitMode,
    isolationLevel,
    overwrite: options.overwrite ?? false,
    writeOnCommit: options.writeOnCommit ?? true,
    acquireTimeout: timesOf(options, "acquireTimeout").acquireTimeout,
    holder: options.holder,
    signal,
  };
}
