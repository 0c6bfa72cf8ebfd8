import { ConfigurationError, InvalidArgumentError } from "../../errors/index.ts";
import { type Duration, toMilliseconds } from "../support/duration.ts";
import { assertIsolationLevelName, type IsolationLevel } from "../store/isolation-level.ts";
import type { ResultStore } from "../store/result-store.ts";
import { assertStorageKey } from "../record/storage-key.ts";
import type { Transaction } from "./transaction.ts";

/** When what is staged in a transaction becomes a record. */
export const CommitMode = {
  /** At the transaction's own end. */
  EAGER: "EAGER",
  /** At the end of the outermost transaction: all of it, or nothing. */
  LAZY: "LAZY",
  /** Only where `commit()` is called; else it is rolled back. */
  OFF: "OFF",
} as const;

export type CommitMode = (typeof CommitMode)[keyof typeof CommitMode];

export const TransactionState = {
  /** Not begun yet. */
  PENDING: "PENDING",
  /** Begun, with nothing staged. */
  ACTIVE: "ACTIVE",
  /** A value is staged, and not kept yet. */
  STAGED: "STAGED",
  /** Kept, or kept already when it began. */
  COMMITTED: "COMMITTED",
  ROLLED_BACK: "ROLLED_BACK",
} as const;

export type TransactionState = (typeof TransactionState)[keyof typeof TransactionState];

/** Called when its transaction commits, or rolls back. May be async. */
export type TransactionHook = (transaction: Transaction) => unknown;

export interface HookOptions {
  /** Runs at commit, before the record is written. Where it throws, the transaction is rolled back. */
  onCommit?: TransactionHook | readonly TransactionHook[] | undefined;
  /** Runs at rollback, the last one first. What it throws is told by a `hook-error` event. */
  onRollback?: TransactionHook | readonly TransactionHook[] | undefined;
}

export interface TransactionOptions {
  /** What is staged is kept under it. Without one nothing is kept, and hooks and children are all there is. */
  key?: string | undefined;
  /** Where records are kept; at first that of the transaction around, else the run's, else the runtime's own. */
  store?: ResultStore | undefined;
  /** That of the transaction around at first, else `LAZY`. */
  commitMode?: CommitMode | undefined;
  /** That of the transaction around at first, else `READ_COMMITTED`. */
  isolationLevel?: IsolationLevel | undefined;
  /** Begins as though there were no record under the key, and replaces it. */
  overwrite?: boolean | undefined;
  /** `false`: commits without keeping what is staged. */
  writeOnCommit?: boolean | undefined;
  /**
   * How long to wait for a lock. Absent: as long as it takes; at most 30 seconds where the transaction holds another lock already,
   * since two that take the same locks in opposite order wait for each other.
   */
  acquireTimeout?: Duration | undefined;
  /** Ends waiting for locks; once it has aborted, the transaction rolls back instead of committing. */
  signal?: AbortSignal | undefined;
}

/** The same with nothing left open. */
export interface ResolvedTransactionOptions {
  readonly key: string | undefined;
  readonly store: ResultStore | undefined;
  readonly parent: Transaction | undefined;
  readonly commitMode: CommitMode;
  readonly isolationLevel: IsolationLevel;
  readonly overwrite: boolean;
  readonly writeOnCommit: boolean;
  readonly acquireTimeout: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Throws `ConfigurationError` or `InvalidArgumentError` for options that can't be meant. `defaultStore` is asked only where there is a key. */
export function resolveTransactionOptions(
  options: TransactionOptions,
  parent: Transaction | undefined,
  defaultStore: () => ResultStore,
): ResolvedTransactionOptions {
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError(`transaction needs an object of options, be it {}; got ${String(options)}`);
  }
  const { key, acquireTimeout, signal } = options;
  if (key !== undefined) assertStorageKey(key);
  const commitMode = options.commitMode ?? parent?.inheritedMode ?? CommitMode.LAZY;
  if (!Object.hasOwn(CommitMode, commitMode)) {
    throw new ConfigurationError(`Unknown commit mode ${commitMode}; known are ${Object.keys(CommitMode).join(", ")}`);
  }
  const isolationLevel = options.isolationLevel ?? parent?.isolationLevel ?? "READ_COMMITTED";
  assertIsolationLevelName(isolationLevel);
  const { store = parent?.inheritedStore ?? (key === undefined ? undefined : defaultStore()) } = options;
  if (store !== undefined && typeof store?.persistResultRecord !== "function") {
    throw new ConfigurationError("store has to be a ResultStore");
  }
  return {
    key,
    store,
    parent,
    commitMode,
    isolationLevel,
    overwrite: options.overwrite ?? false,
    writeOnCommit: options.writeOnCommit ?? true,
    acquireTimeout: acquireTimeout === undefined ? undefined : toMilliseconds(acquireTimeout, "acquireTimeout"),
    signal,
  };
}

/** One hook or many, as an array. Throws `InvalidArgumentError` for what is no function. */
export function toHooks(hooks: HookOptions["onCommit"], name: string): readonly TransactionHook[] {
  if (hooks === undefined) return [];
  const list: readonly unknown[] = Array.isArray(hooks) ? hooks : [hooks];
  if (list.every((hook) => typeof hook === "function")) return list as readonly TransactionHook[];
  throw new InvalidArgumentError(`${name} has to be a function or an array of functions`);
}
