import { InvalidArgumentError, LockNotHeldError } from "../errors/index.ts";
import { report } from "./events.ts";
import { IsolationLevel } from "./isolation-level.ts";
import { ResultRecord } from "./result-record.ts";
import type { ResultStore } from "./result-store.ts";
import { runInScope, type Scope } from "./scope.ts";
import { internals } from "./store-internals.ts";
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
  #isCommitting = false;
  #commitment: Promise<boolean> | undefined;
  #writing: Promise<void> | undefined;
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
    let value: Awaited<T>;
    try {
      await transaction.#begin();
      value = await transaction.run(() => work(transaction));
    } catch (error) {
      await transaction.rollback();
      await transaction.#rollBackAround();
      throw error;
    }
    await transaction.#end();
    return value;
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

  /** Takes the lock that `SERIALIZABLE` asks for, and looks for a record: where there is one, all is committed from the start. */
  async #begin(): Promise<void> {
    const { key, store, isolationLevel } = this;
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
    if (this.#isOver) return this.#wasOver();
    // a hook that commits doesn't wait for itself
    if (this.#isCommitting) return false;
    this.#isCommitting = true;
    return (this.#commitment = this.#commit());
  }

  async #commit(): Promise<boolean> {
    this.#takesChildren = false;
    try {
      for (const child of this.#children) await (child.#commitment ?? child.commit());
      for (const hook of this.#commitHooks) await this.#runHook(hook);
      this.#options.signal?.throwIfAborted();
      if (this.isRolledBack()) return false;
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
    if (this.#isOver) return this.#wasOver();
    this.#takesChildren = false;
    this.#state = TransactionState.ROLLED_BACK;
    for (const hook of this.#rollbackHooks.reverse()) {
      try {
        await this.#runHook(hook);
      } catch (error) {
        this.#tell(error);
      }
    }
    for (const child of this.#children.reverse()) await child.rollback();
    await this.#releaseLock?.();
    return true;
  }

  /** What is to be done when the work in it is over. Rejects as `commit` does. */
  async #end(): Promise<void> {
    const { parent, commitMode } = this;
    const { signal } = this.#options;
    if (signal?.aborted && !this.#isOver) {
      await this.rollback();
      await this.#rollBackAround();
      throw signal.reason;
    }
    if (this.isRolledBack()) return this.#rollBackAround();
    if (commitMode !== CommitMode.EAGER && parent?.isRolledBack()) await this.rollback();
    else if (commitMode !== CommitMode.EAGER && parent && parent.#take(this)) return;
    else if (commitMode === CommitMode.OFF && !parent) await this.rollback();
    else await this.#commitOrRollBackAround();
  }

  async #commitOrRollBackAround(): Promise<void> {
    try {
      await this.commit();
    } catch (error) {
      await this.#rollBackAround();
      throw error;
    }
  }

  /** A task that keeps its result by itself is no part of the task around it. */
  async #rollBackAround(): Promise<void> {
    const { parent } = this;
    if (parent && !(this.#task && parent.#task && parent.commitMode === CommitMode.EAGER)) await parent.rollback();
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
        await store.persistResultRecord(record, { holder: this.holder });
      } finally {
        await release();
      }
    }
  }

  /** Hooks run in their transaction, even where the platform has lost track of it. */
  async #runHook(hook: TransactionHook): Promise<void> {
    await this.run(hook, this);
  }

  async #wasOver(): Promise<false> {
    await this.#releaseLock?.();
    return false;
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
  const resolved = resolveTransactionOptions(options, origin.scope.transaction, origin.defaultStore);
  return Transaction.carryOut(new Transaction(resolved, origin), fn);
}

function copyOf(value: unknown, name: string): unknown {
  try {
    return structuredClone(value);
  } catch (cause) {
    throw new InvalidArgumentError(`What is set as "${name}" can't be copied: ${String(cause)}`, { cause });
  }
}
