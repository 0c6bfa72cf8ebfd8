import type { IsolationLevel } from "../locks/isolation-level.ts";
import type { ResultRecord } from "../record/result-record.ts";
import type { ResultStore } from "../store/result-store.ts";

/** When the staged value of a transaction becomes a record. */
export const CommitMode = {
  /** At the transaction's own end. */
  EAGER: "EAGER",
  /** At the end of the outermost transaction: all of it, or nothing. */
  LAZY: "LAZY",
  /** Only if `commit()` is called. Otherwise the transaction is rolled back. */
  OFF: "OFF",
} as const;

export type CommitMode = (typeof CommitMode)[keyof typeof CommitMode];

/** How far a transaction is. */
export const TransactionState = {
  /** Not begun yet. */
  PENDING: "PENDING",
  /** Begun, with nothing staged. */
  ACTIVE: "ACTIVE",
  /** A value is staged but not kept yet. */
  STAGED: "STAGED",
  /** The value is kept, or was kept before the transaction began. */
  COMMITTED: "COMMITTED",
  /** The value is given up, and the rollback hooks have run or run now. */
  ROLLED_BACK: "ROLLED_BACK",
} as const;

export type TransactionState = (typeof TransactionState)[keyof typeof TransactionState];

/** Called when its transaction commits or rolls back. May be async. */
export type TransactionHook = (transaction: Transaction) => unknown;

/** Functions that a transaction calls when it ends. */
export interface HookOptions {
  /** Runs at commit, before the record is written. If it throws, the transaction is rolled back. */
  onCommit?: TransactionHook | readonly TransactionHook[] | undefined;
  /** Runs at rollback, the last one first. An error of it becomes a `hook-error` event. */
  onRollback?: TransactionHook | readonly TransactionHook[] | undefined;
}

/**
 * Work whose results are kept together or not at all. Values are staged in it. At its end they become records, or hooks
 * undo the work. Transactions begun inside it, and tasks called in it, are its children.
 *
 * `transaction()` creates one, and so does every call of a task that runs.
 */
export interface Transaction {
  /** The key of its record. Absent: it keeps no value of its own. */
  readonly key: string | undefined;
  /** The store of its record. Absent: it keeps no value of its own. */
  readonly store: ResultStore | undefined;
  /** The transaction around this one. */
  readonly parent: Transaction | undefined;
  /** When its staged value becomes a record. */
  readonly commitMode: CommitMode;
  /** Whether it holds the lock on its key: `SERIALIZABLE` takes it at the beginning. */
  readonly isolationLevel: IsolationLevel;
  /** How far it is. */
  readonly state: TransactionState;
  /** The holder of the locks of this transaction and of the transactions inside it. */
  readonly holder: string;

  /** Whether its state is `PENDING`. */
  isPending(): boolean;
  /** Whether its state is `ACTIVE`. */
  isActive(): boolean;
  /** Whether its state is `STAGED`. */
  isStaged(): boolean;
  /** Whether its state is `COMMITTED`. */
  isCommitted(): boolean;
  /** Whether its state is `ROLLED_BACK`. */
  isRolledBack(): boolean;

  /**
   * Sets the value, as it is now, to keep under the key at commit. A `ResultRecord` is kept as it is. The last value replaces earlier
   * ones, but all hooks run. Does nothing after the transaction has committed or rolled back.
   */
  stage(value: unknown, hooks?: HookOptions): void;
  /** Adds hooks that run at commit, in order, before the record is written. */
  onCommit(hooks: HookOptions["onCommit"]): void;
  /** Adds hooks that run at rollback, the last one first. */
  onRollback(hooks: HookOptions["onRollback"]): void;
  /** The record kept under the key. A staged value is not kept yet. Rejects as `ResultStore.read` does. */
  read<T = unknown>(): Promise<ResultRecord<T> | undefined>;
  /** Sets a copy of a value, for hooks and for transactions inside. Throws `InvalidArgumentError` if it can't be copied. */
  set(name: string, value: unknown): void;
  /**
   * A copy of the value that was set here or, failing that, in the transactions around. Without a value it returns
   * `fallback`, and throws `InvalidArgumentError` if there is no `fallback`.
   */
  get(name: string, ...fallback: [value?: unknown]): unknown;
  /**
   * Runs a task, `transaction` or any function as if it were called inside this transaction. Use it after an `await`,
   * where browsers no longer know the transaction.
   */
  run<Args extends readonly unknown[], Result>(fn: (...args: Args) => Result, ...args: Args): Result;
  /**
   * Keeps the values staged here and in the transactions inside. Resolves to true once they are kept, and to false if
   * the transaction had committed or rolled back before. If anything fails, it rolls back all and rejects with the
   * reason.
   */
  commit(): Promise<boolean>;
  /**
   * Runs the rollback hooks of this transaction and of the transactions inside. Resolves to false if it had committed
   * or rolled back before. Never rejects.
   */
  rollback(): Promise<boolean>;
}
