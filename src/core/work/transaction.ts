import type { IsolationLevel } from "../locks/isolation-level.ts";
import type { ResultRecord } from "../record/result-record.ts";
import type { ResultStore } from "../store/result-store.ts";

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

/**
 * Work whose results are kept together, or not at all. Values are staged in it; at its end they become records, or hooks
 * undo what was done. Transactions begun inside of it, and tasks called in it, are its children.
 *
 * Made by `transaction()`, and by every call of a task that runs.
 */
export interface Transaction {
  readonly key: string | undefined;
  readonly store: ResultStore | undefined;
  /** The transaction around this one. */
  readonly parent: Transaction | undefined;
  readonly commitMode: CommitMode;
  readonly isolationLevel: IsolationLevel;
  readonly state: TransactionState;
  /** Who holds the locks of this transaction and of those in it. */
  readonly holder: string;

  isPending(): boolean;
  isActive(): boolean;
  isStaged(): boolean;
  isCommitted(): boolean;
  isRolledBack(): boolean;

  /**
   * Sets what is kept under the key at commit; a `ResultRecord` is kept as it is. The last value counts, all hooks do.
   * Does nothing once committed or rolled back.
   */
  stage(value: unknown, hooks?: HookOptions): void;
  /** Adds hooks that run at commit, in order, before the record is written. */
  onCommit(hooks: HookOptions["onCommit"]): void;
  /** Adds hooks that run at rollback, the last one first. */
  onRollback(hooks: HookOptions["onRollback"]): void;
  /** The record that is kept under the key; what is staged is not kept yet. Rejects as `ResultStore.read` does. */
  read(): Promise<ResultRecord | undefined>;
  /** Notes a copy of a value, for hooks and for transactions inside. Throws `InvalidArgumentError` for what can't be copied. */
  set(name: string, value: unknown): void;
  /**
   * A copy of what was noted here, or else in the transactions around; `fallback` where nothing was. Throws
   * `InvalidArgumentError` without one.
   */
  get(name: string, ...fallback: [value?: unknown]): unknown;
  /**
   * Runs a task, `transaction`, or any function, as though it was called inside of this transaction: for after an
   * `await`, where browsers no longer know.
   */
  run<Args extends readonly unknown[], Result>(fn: (...args: Args) => Result, ...args: Args): Result;
  /**
   * Keeps what is staged here and in the transactions inside: true once that is done, false where it was committed or
   * rolled back before. Where anything fails, all is rolled back, and it rejects with the reason.
   */
  commit(): Promise<boolean>;
  /**
   * Undoes by hooks what was done here and in the transactions inside: false where it was committed or rolled back
   * before. Never rejects.
   */
  rollback(): Promise<boolean>;
}
