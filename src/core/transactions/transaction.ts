import { InvalidArgumentError, LockNotHeldError } from "../../errors/index.ts";
import { report } from "../events/store-event.ts";
import { IsolationLevel } from "../store/isolation-level.ts";
import { ResultRecord } from "../record/result-record.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import type { ResultStore } from "../store/result-store.ts";
import { runInScope, type Scope } from "../context/scope.ts";
import { internals } from "../store/store-internals.ts";
import { TransactionCalls } from "./transaction-calls.ts";
import { TransactionLocks } from "./transaction-locks.ts";
import {
  CommitMode,
  type HookOptions,
  resolveTransactionOptions,
  type ResolvedTransactionOptions,
  toHooks,
  type TransactionHook,
  type TransactionOptions,
  TransactionState,
} from "./transaction-options.ts";

/** Where a transaction is begun. */
export interface TransactionOrigin {
  readonly scope: Scope;
  /** Asked only where a key needs a store and none is named. */
  readonly defaultStore: () => ResultStore;
}

/** What makes a transaction that of a task's call. */
export interface TaskTransactionOptions {
  /** Where the store holds the lock of the call already: by whom. */
  readonly holder?: string;
  /** Takes the place of writing what is staged. */
  readonly write?: (value: unknown) => Promise<void>;
}

/**
 * Work whose results are kept together, or not at all. Values are staged in it; at its end they become records, or what was
 * done is undone by hooks. Transactions begun inside of it, and tasks called in it, are its children.
 *
 * Made by `transaction()`, and by every call of a task that runs.
 */
export class Transaction {
  readonly key: string | undefined;
  readonly store: ResultStore | undefined;
  /** The transaction around this one. */
  readonly parent: Transaction | undefined;
  readonly commitMode: CommitMode;
  readonly isolationLevel: IsolationLevel;
  readonly #options: ResolvedTransactionOptions;
  readonly #origin: TransactionOrigin;
  readonly #task: TaskTransactionOptions | undefined;
  readonly #locks: TransactionLocks;
  readonly #children: Transaction[] = [];
  readonly #commitHooks: TransactionHook[] = [];
  readonly #rollbackHooks: TransactionHook[] = [];
  readonly #values = new Map<string, unknown>();
  readonly #calls: TransactionCalls;
  #state: TransactionState = TransactionState.PENDING;
  /** What was kept under the key when it began. */
  #found: ResultRecord | undefined;
  #staged: { readonly value: unknown } | undefined;
  #keeps: boolean;
  /** Whether children may still be handed to it. */
  #takesChildren = true;
  /** Whether its work is over, and what was to be done at its end. */
  #hasEnded = false;
  #isCommitting = false;
  #commitment: Promise<boolean> | undefined;
  #writing: Promise<void> | undefined;
  #undoing: Promise<void> | undefined;
  #releaseLock: (() => Promise<void>) | undefined;

  /** Made by `transaction()`. */
  constructor(options: ResolvedTransactionOptions, origin: TransactionOrigin, task?: TaskTransactionOptions) {
    const { key, store, parent } = options;
    this.key = key;
    this.store = store;
    this.parent = parent;
    this.commitMode = options.commitMode;
    this.isolationLevel = options.isolationLevel;
    this.#options = options;
    this.#origin = origin;
    this.#task = task;
    this.#keeps = options.writeOnCommit;
    this.#calls = new TransactionCalls(parent && parent.#calls);
    const isFamily = parent && task?.holder === undefined;
    this.#locks = isFamily ? parent.#locks : new TransactionLocks(parent && parent.#locks, task?.holder);
    if (task?.holder !== undefined && key !== undefined && store?.lockManager)
      this.#locks.adopt(store.lockManager, key);
  }

  /** Begins, works, and ends as the work does. */
  static async carryOut<T>(
    transaction: Transaction,
    work: (transaction: Transaction) => T | Promise<T>,
  ): Promise<Awaited<T>> {
    try {
      const value = await transaction.#work(work);
      await transaction.#end();
      return value;
    } finally {
      transaction.#hasEnded = true;
    }
  }

  /** The transaction that a call made in `around` is part of: code that outlives its transaction, such as a timer, is in none. */
  static open(around: Transaction | undefined): Transaction | undefined {
    let open = around;
    while (open && open.#hasEnded && open.#isOver) open = open.parent;
    return open;
  }

  /** Rolls back what a call was made in that has failed elsewhere. */
  static async rollBackAround(around: Transaction): Promise<void> {
    if (!around.#isEagerTask) await around.rollback();
  }

  /** Whether it is inside of a call of a task that is to keep its result under the same key. */
  static isInCallOf(around: Transaction | undefined, storage: ResultStorage, key: string): boolean {
    if (!around) return false;
    const { store } = around;
    const isCall = around.#task && !around.#isOver && around.key === key && store?.resultStorage === storage;
    return isCall || Transaction.isInCallOf(around.parent, storage, key);
  }

  /** What tasks called in a transaction gave. */
  static callsOf(transaction: Transaction): TransactionCalls {
    return transaction.#calls;
  }

  /** By whom the lock is held that a task called in a transaction would wait for. */
  static holderOf(transaction: Transaction, store: ResultStore, key: string): string | undefined {
    return transaction.#locks.holderOf(store, key);
  }

  get state(): TransactionState {
    return this.#state;
  }

  /** Who holds the locks of this transaction and of those in it. */
  get holder(): string {
    return this.#locks.holder;
  }

  /** The mode of transactions begun inside: tasks don't set one. */
  get inheritedMode(): CommitMode | undefined {
    return this.#task ? this.parent?.inheritedMode : this.commitMode;
  }

  /** The store of transactions begun inside: that of a task may keep its own result only, and in memory. */
  get inheritedStore(): ResultStore | undefined {
    return this.#task ? undefined : this.store;
  }

  isPending(): boolean {
    return this.#state === TransactionState.PENDING;
  }

  isActive(): boolean {
    return this.#state === TransactionState.ACTIVE;
  }

  isStaged(): boolean {
    return this.#state === TransactionState.STAGED;
  }

  isCommitted(): boolean {
    return this.#state === TransactionState.COMMITTED;
  }

  isRolledBack(): boolean {
    return this.#state === TransactionState.ROLLED_BACK;
  }

  /**
   * Sets what is kept under the key at commit; a `ResultRecord` is kept as it is. The last value counts, all hooks do. Does nothing once
   * committed or rolled back.
   */
  stage(value: unknown, hooks: HookOptions = {}): void {
    if (this.#isOver) return;
    this.onCommit(hooks.onCommit);
    this.onRollback(hooks.onRollback);
    this.#staged = { value };
    this.#state = TransactionState.STAGED;
  }

  /** Adds hooks that run at commit, in order, before the record is written. */
  onCommit(hooks: HookOptions["onCommit"]): void {
    this.#commitHooks.push(...toHooks(hooks, "onCommit"));
  }

  /** Adds hooks that run at rollback, the last one first. */
  onRollback(hooks: HookOptions["onRollback"]): void {
    this.#rollbackHooks.push(...toHooks(hooks, "onRollback"));
  }

  /** The record that is kept under the key; what is staged is not kept yet. Rejects as `ResultStore.read` does. */
  async read(): Promise<ResultRecord | undefined> {
    const { key, store } = this;
    if (this.#found || key === undefined || !store) return this.#found;
    return store.read(key, { ...this.#waiting, holder: this.#locks.holderOf(store, key) });
  }

  /** Notes a copy of a value, for hooks and for transactions inside. Throws `InvalidArgumentError` for what can't be copied. */
  set(name: string, value: unknown): void {
    this.#values.set(name, copyOf(value, name));
  }

  /**
   * A copy of what was noted here, or else in the transactions around; `fallback` where nothing was. Throws
   * `InvalidArgumentError` without one.
   */
  get(name: string, ...fallback: [value?: unknown]): unknown {
    if (this.#values.has(name)) return copyOf(this.#values.get(name), name);
    if (this.parent) return this.parent.get(name, ...fallback);
    if (fallback.length > 0) return fallback[0];
    throw new InvalidArgumentError(`Nothing was set as "${name}" in this transaction`);
  }

  /** Runs a task, or any function, as though it was called inside of this transaction: for after an `await`, where browsers don't know any more. */
  run<Args extends readonly unknown[], Result>(fn: (...args: Args) => Result, ...args: Args): Result {
    return runInScope({ ...this.#origin.scope, transaction: this }, () => fn(...args));
  }

  /** A transaction inside of this one. */
  async transaction<T>(options: TransactionOptions, fn: (transaction: Transaction) => T | Promise<T>): Promise<T> {
    const scope = { ...this.#origin.scope, transaction: this };
    return runTransaction(options, fn, { ...this.#origin, scope });
  }

  async #work<T>(work: (transaction: Transaction) => T | Promise<T>): Promise<Awaited<T>> {
    try {
      await this.#begin();
    } catch (error) {
      // what has not begun is no part of what is around it
      await this.rollback();
      throw error;
    }
    try {
      return await this.run(() => work(this));
    } catch (error) {
      await this.rollback();
      await this.#undoing;
      await this.#rollBackAround();
      throw error;
    }
  }

  /** Takes the lock that `SERIALIZABLE` asks for, and looks for a record: where there is one, all is committed from the start. */
  async #begin(): Promise<void> {
    const { key, store, isolationLevel } = this;
    this.#options.signal?.throwIfAborted();
    if (isolationLevel === IsolationLevel.SERIALIZABLE && store) {
      await store[internals].assertUsable();
      store.assertIsolationLevel(isolationLevel);
      if (key !== undefined) this.#releaseLock = await this.#locks.acquire(store, key, this.#waiting);
    }
    this.#state = TransactionState.ACTIVE;
    if (key !== undefined && store && !this.#options.overwrite) await this.#look(store, key);
  }

  async #look(store: ResultStore, key: string): Promise<void> {
    const holder = this.#locks.holderOf(store, key);
    const { acquireTimeout, signal } = this.#waiting;
    const look = await store[internals].look(key, {
      holder,
      timeout: this.#locks.timeout(acquireTimeout),
      signal,
    });
    if ("record" in look) {
      this.#found = look.record;
      this.#state = TransactionState.COMMITTED;
    } else if (look.miss === "unsupported") {
      // a record of a later version is another's to replace: a task computes all the same
      if (this.#task) this.#keeps = false;
      else this.#state = TransactionState.COMMITTED;
    } else if (look.miss === "storage-error" && !this.#task) throw look.error;
  }

  /**
   * Keeps what is staged here and in the transactions inside: true once that is done, false where it was committed or rolled
   * back before. Where anything fails, all is rolled back, and it rejects with the reason.
   */
  async commit(): Promise<boolean> {
    // a hook that commits doesn't wait for itself
    if (this.#isOver || this.#isCommitting) return false;
    this.#isCommitting = true;
    return (this.#commitment = this.#commit());
  }

  async #commit(): Promise<boolean> {
    this.#takesChildren = false;
    try {
      for (const child of this.#children) {
        await (child.#commitment ?? child.commit());
        if (child.isRolledBack()) await this.rollback();
        if (this.isRolledBack()) return false;
      }
      for (const hook of this.#commitHooks) {
        await this.#runHook(hook);
        if (this.isRolledBack()) return false;
      }
      this.#options.signal?.throwIfAborted();
      await (this.#writing = this.#write());
      this.#state = TransactionState.COMMITTED;
    } catch (error) {
      await this.#rollBack();
      throw error;
    }
    await this.#releaseLock?.();
    return true;
  }

  /** Undoes by hooks what was done here and in the transactions inside: false where it was committed or rolled back before. Never rejects. */
  async rollback(): Promise<boolean> {
    // what is being written can't be stopped any more
    await this.#writing?.catch(() => {});
    return this.#rollBack();
  }

  async #rollBack(): Promise<boolean> {
    if (this.#isOver) return false;
    this.#takesChildren = false;
    this.#state = TransactionState.ROLLED_BACK;
    await (this.#undoing = this.#undo());
    return true;
  }

  async #undo(): Promise<void> {
    for (let hook = this.#rollbackHooks.pop(); hook; hook = this.#rollbackHooks.pop()) {
      try {
        await this.#runHook(hook);
      } catch (error) {
        this.#tell(error);
      }
    }
    for (const child of [...this.#children].reverse()) await child.rollback();
    await this.#releaseLock?.();
  }

  /** What is to be done when the work in it is over. Rejects as `commit` does. */
  async #end(): Promise<void> {
    const { signal } = this.#options;
    const isAborted = signal?.aborted && !this.#isOver;
    if (isAborted) await this.rollback();
    else if (!this.#isOver && !this.#commitment && this.#isHandedOver()) return;
    try {
      await this.#settle();
    } finally {
      await this.#undoing;
      // found committed, it has its lock still
      await this.#releaseLock?.();
      if (this.isRolledBack()) await this.#rollBackAround();
    }
    if (isAborted && this.isRolledBack()) throw signal.reason;
  }

  /** Commits, or rolls back, unless that was done by hand; what was begun by hand is waited for. */
  async #settle(): Promise<void> {
    const { commitMode } = this;
    const isAroundLost = commitMode !== CommitMode.EAGER && this.parent?.isRolledBack();
    if (this.#isOver) return;
    if (this.#commitment) await this.#commitment;
    else if (isAroundLost || (commitMode === CommitMode.OFF && !this.parent)) await this.rollback();
    else await this.commit();
  }

  /** Whether one around, the nearest that is still open, has taken it, to commit or roll it back at its own end. */
  #isHandedOver(): boolean {
    if (this.commitMode === CommitMode.EAGER || this.parent?.isRolledBack()) return false;
    for (let around = this.parent; around; around = around.parent) if (around.#take(this)) return true;
    return false;
  }

  async #rollBackAround(): Promise<void> {
    if (this.parent && !(this.#task && this.parent.#isEagerTask)) await this.parent.rollback();
  }

  /** A task that keeps its result by itself is no part of the task around it. */
  get #isEagerTask(): boolean {
    return this.#task !== undefined && this.commitMode === CommitMode.EAGER;
  }

  #take(child: Transaction): boolean {
    if (!this.#takesChildren || this.#isOver) return false;
    this.#children.push(child);
    child.#calls.handOver();
    return true;
  }

  async #write(): Promise<void> {
    const { key, store } = this;
    if (!this.#staged || !this.#keeps || key === undefined || !store) return;
    const { value } = this.#staged;
    if (this.#task?.write) return this.#task.write(value);
    await this.#persist(store, value instanceof ResultRecord ? value : store.createResultRecord(value, { key }));
  }

  /** Where another holds the lock, its turn is waited for. */
  async #persist(store: ResultStore, record: ResultRecord): Promise<void> {
    const key = record.metadata.storageKey;
    const holder = this.#locks.holderOf(store, key);
    try {
      await store.persistResultRecord(record, { holder });
    } catch (error) {
      if (holder !== undefined || !(error instanceof LockNotHeldError)) throw error;
      const release = await this.#locks.acquire(store, key, this.#waiting);
      try {
        await store.persistResultRecord(record, { holder: this.#locks.holderOf(store, key) });
      } finally {
        await release();
      }
    }
  }

  /** Hooks run in their transaction, even where the platform has lost track of it. */
  async #runHook(hook: TransactionHook): Promise<void> {
    await this.run(hook, this);
  }

  #tell(error: unknown): void {
    const { key, store } = this;
    if (store?.onEvent) store.onEvent({ type: "hook-error", ...(key !== undefined && { key }), error });
    else report(error);
  }

  get #isOver(): boolean {
    return this.isCommitted() || this.isRolledBack();
  }

  get #waiting() {
    const { acquireTimeout, signal } = this.#options;
    return { acquireTimeout, signal };
  }
}

/** A transaction from its begin to its end. */
export async function runTransaction<T>(
  options: TransactionOptions,
  fn: (transaction: Transaction) => T | Promise<T>,
  origin: TransactionOrigin,
): Promise<T> {
  if (typeof fn !== "function") {
    throw new InvalidArgumentError(`transaction needs a function that does the work; got ${typeof fn}`);
  }
  const parent = Transaction.open(origin.scope.transaction);
  const resolved = resolveTransactionOptions(options, parent, origin.defaultStore);
  return Transaction.carryOut(new Transaction(resolved, origin), fn);
}

function copyOf(value: unknown, name: string): unknown {
  try {
    return structuredClone(value);
  } catch (cause) {
    throw new InvalidArgumentError(`What is set as "${name}" can't be copied: ${String(cause)}`, { cause });
  }
}
