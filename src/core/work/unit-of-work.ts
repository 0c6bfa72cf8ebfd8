import { InvalidArgumentError } from "../../errors/index.ts";
import { runInScope, type Scope } from "../context/scope.ts";
import { type CallEvents, tellCall, type ToldAnswer } from "../events/call-events.ts";
import { report } from "../events/store-event.ts";
import type { Enclosing } from "../locks/enclosing.ts";
import type { IsolationLevel } from "../locks/isolation-level.ts";
import type { ResultLockManager } from "../locks/result-lock-manager.ts";
import type { ResultRecord } from "../record/result-record.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import type { ResultStore } from "../store/result-store.ts";
import { type CallResult, CallResults, type KnownCall, type Waiting } from "./call-results.ts";
import { toHooks } from "./hooks.ts";
import { NotedValues } from "./noted-values.ts";
import type { TaskCall } from "./task-call.ts";
import {
  CommitMode,
  type HookOptions,
  type Transaction,
  type TransactionHook,
  TransactionState,
} from "./transaction.ts";

export interface UnitOfWorkOptions {
  readonly key: string | undefined;
  readonly store: ResultStore | undefined;
  readonly parent: UnitOfWork | undefined;
  readonly commitMode: CommitMode;
  readonly isolationLevel: IsolationLevel;
  /** After it aborts, the work is rolled back instead of committed. */
  readonly signal?: AbortSignal | undefined;
  /** The scope that it was begun in. */
  readonly scope: Scope;
  /** Whether it is a call of a task. */
  readonly isTask: boolean;
}

/** The locks of a transaction and of all work inside it. */
export interface FamilyLocks {
  readonly holder: string;
  holderOf(store: ResultStore, key: string): string | undefined;
}

/** The answer to a call of a task that is part of a transaction. */
export interface AnswerInside extends ToldAnswer {
  readonly value: unknown;
}

/** A lock that another part took and releases. */
export interface HeldLock {
  /** Absent if the store has no locks. */
  readonly manager: ResultLockManager | undefined;
  readonly key: string;
}

/**
 * The common part of task calls and transactions: hooks, values, children, and an end that commits or rolls back.
 * Subclasses define how it begins, how it writes, and who holds its locks.
 */
export abstract class UnitOfWork implements Transaction, Waiting {
  readonly key: string | undefined;
  readonly store: ResultStore | undefined;
  readonly parent: UnitOfWork | undefined;
  readonly commitMode: CommitMode;
  readonly isolationLevel: IsolationLevel;
  /** The results of tasks called in it. */
  readonly results: CallResults;
  readonly #options: UnitOfWorkOptions;
  readonly #children: UnitOfWork[] = [];
  readonly #commitHooks: TransactionHook[] = [];
  readonly #rollbackHooks: TransactionHook[] = [];
  readonly #values: NotedValues;
  #state: TransactionState = TransactionState.PENDING;
  #staged: { readonly value: unknown } | undefined;
  /** The calls of tasks that it waits for. */
  readonly waitsFor = new Set<Waiting>();
  /** Whether it still accepts children. */
  #takesChildren = true;
  /** Whether its work and the steps at its end are over. */
  #hasEnded = false;
  #isCommitting = false;
  #commitment: Promise<boolean> | undefined;
  #writing: Promise<void> | undefined;
  #undoing: Promise<void> | undefined;

  constructor(options: UnitOfWorkOptions) {
    const { key, store, parent } = options;
    this.key = key;
    this.store = store;
    this.parent = parent;
    this.commitMode = options.commitMode;
    this.isolationLevel = options.isolationLevel;
    this.#options = options;
    this.taken = parent?.taken ?? [];
    this.#values = new NotedValues(parent && parent.#values);
    this.results = new CallResults(parent?.results);
  }

  /** The holder of the locks of this work and of all work inside it. */
  abstract get holder(): string;

  /** Set if it, or a transaction inside it, may take locks. */
  locks: FamilyLocks | undefined;

  /** The lock that was held for this work before it began, if any. */
  readonly heldLock: HeldLock | undefined;

  /** The lock that it took at its beginning, if any. */
  protected enclosing: Enclosing | undefined;

  /** The locks that code in it, or in the work around it, took by hand. */
  protected readonly taken: Enclosing[];

  /** The holder of the lock on a key, if work inside would otherwise wait for it. */
  abstract holderOf(store: ResultStore, key: string): string | undefined;

  /** Writes the staged value. */
  protected abstract write(value: unknown): Promise<void>;

  /** Answers a call of a task whose result is kept when this commits. `around` is the work, inside this, that made the call. */
  abstract answerInside(call: TaskCall, around: UnitOfWork, events: CallEvents | undefined): Promise<AnswerInside>;

  /** Takes locks and looks for a record. `COMMITTED` if nothing is left to do. */
  protected async begin(): Promise<TransactionState> {
    return TransactionState.ACTIVE;
  }

  /** Releases the locks taken at the beginning. Called at every end, perhaps more than once. */
  protected async release(): Promise<void> {}

  /** Begins, runs `work`, and commits or rolls back according to its outcome. */
  async carryOut<T>(work: (transaction: this) => T | Promise<T>): Promise<Awaited<T>> {
    try {
      const value = await this.#work(work);
      await this.#end();
      return value;
    } finally {
      this.#hasEnded = true;
    }
  }

  /** The nearest work that is still open. Code that outlives its work, such as a timer, is part of none. */
  get open(): UnitOfWork | undefined {
    return this.#hasEnded && this.#isOver ? this.parent?.open : this;
  }

  /** Whether it is, or is inside, a call of a task that will keep its result under the same key. */
  isInCallOf(storage: ResultStorage, key: string): boolean {
    const isCall = this.#options.isTask && !this.#isOver && this.key === key && this.store?.resultStorage === storage;
    return isCall || (this.parent?.isInCallOf(storage, key) ?? false);
  }

  get state(): TransactionState {
    return this.#state;
  }

  /** The mode of transactions begun inside. Tasks don't set one. */
  get inheritedMode(): CommitMode | undefined {
    return this.#options.isTask ? this.parent?.inheritedMode : this.commitMode;
  }

  /** The store of transactions begun inside. The store of a task may be for its own result only, in memory. */
  get inheritedStore(): ResultStore | undefined {
    return this.#options.isTask ? undefined : this.store;
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

  stage(value: unknown, hooks: HookOptions = {}): void {
    if (this.#isOver) return;
    this.onCommit(hooks.onCommit);
    this.onRollback(hooks.onRollback);
    this.#staged = { value };
    this.#state = TransactionState.STAGED;
  }

  onCommit(hooks: HookOptions["onCommit"]): void {
    this.#commitHooks.push(...toHooks(hooks, "onCommit"));
  }

  onRollback(hooks: HookOptions["onRollback"]): void {
    this.#rollbackHooks.push(...toHooks(hooks, "onRollback"));
  }

  async read<T = unknown>(): Promise<ResultRecord<T> | undefined> {
    const { key, store } = this;
    const { acquireTimeout: timeout, signal } = this.waiting;
    return key === undefined ? undefined : store?.read<T>(key, { timeout, signal, holder: this.holderOf(store, key) });
  }

  /** The options of waits for locks of others. */
  protected get waiting(): {
    readonly acquireTimeout?: number | undefined;
    readonly signal: AbortSignal | undefined;
  } {
    return { signal: this.#options.signal };
  }

  set(name: string, value: unknown): void {
    this.#values.set(name, value);
  }

  get(name: string, ...fallback: [value?: unknown]): unknown {
    return this.#values.get(name, ...fallback);
  }

  run<Args extends readonly unknown[], Result>(fn: (...args: Args) => Result, ...args: Args): Result {
    const { scope } = this.#options;
    const enclosing = this.enclosing ? [...(scope.enclosing ?? []), this.enclosing] : scope.enclosing;
    return runInScope({ ...scope, enclosing, taken: this.taken, work: this }, () => fn(...args));
  }

  /** Answers a call of a task made in this work, or in `around`, which is part of this work. */
  async answer(call: TaskCall, around: UnitOfWork = this): Promise<unknown> {
    const { key, store, refresh } = call;
    const { resultStorage } = store;
    const isOwn = around.isInCallOf(resultStorage, key);
    const before = refresh ? undefined : around.results.find(resultStorage, key);
    const isEager = around.commitMode === CommitMode.EAGER;
    if (isEager && !before && !isOwn) return this.#answerAlone(call, around);
    const { value } = await tellCall(store.onEvent, key, async (events) => {
      if (isOwn) throw callOfItself(call);
      const joined = before && (await around.#join(before, call, events));
      if (joined || !isEager) return joined ?? this.answerInside(call, around, events);
      return { value: await this.#answerAlone(call, around), source: "computed" };
    });
    return value;
  }

  async #answerAlone(call: TaskCall, around: UnitOfWork): Promise<unknown> {
    try {
      return await call.answer(around.holderOf(call.store, call.key));
    } catch (error) {
      // a call that joined another one fails with it, and the work that made the call fails too
      if (!around.#isEagerTask) await around.rollback();
      throw error;
    }
  }

  /** The answer of another call in the same transaction, unless that is for its own caller only. */
  async #join(known: KnownCall, call: TaskCall, events: CallEvents | undefined): Promise<AnswerInside | undefined> {
    events?.emit({ type: "join", key: call.key, to: known.call });
    const { value, isShared } = await this.#waitFor(known, call);
    return isShared ? { value, source: "joined" } : undefined;
  }

  /** Waits for another call in the same transaction, unless that call waits for this work. */
  async #waitFor({ unit, result }: KnownCall, call: TaskCall): Promise<CallResult> {
    const own = new Set<Waiting>([this]);
    for (let each = this.parent; each; each = each.parent) own.add(each);
    const waitsForOwn = (other: Waiting): boolean => own.has(other) || [...other.waitsFor].some(waitsForOwn);
    if (waitsForOwn(unit)) throw callOfItself(call);
    for (const each of own) each.waitsFor.add(unit);
    return result.finally(() => {
      for (const each of own) each.waitsFor.delete(unit);
    });
  }

  async #work<T>(work: (transaction: this) => T | Promise<T>): Promise<Awaited<T>> {
    try {
      this.#options.signal?.throwIfAborted();
      this.#state = await this.begin();
    } catch (error) {
      // work that has not begun is not part of the work around it
      await this.rollback();
      throw error;
    }
    try {
      return await this.run(() => work(this));
    } catch (error) {
      await this.rollback();
      await this.#undoing;
      if (this.isRolledBack()) await this.#rollBackAround();
      throw error;
    }
  }

  async commit(): Promise<boolean> {
    // a hook that commits must not wait for itself
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
      if (this.#staged) await (this.#writing = this.write(this.#staged.value));
      this.#state = TransactionState.COMMITTED;
    } catch (error) {
      await this.#rollBack();
      throw error;
    }
    await this.release();
    return true;
  }

  async rollback(): Promise<boolean> {
    // a write that has begun can't be stopped
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
    await this.release();
  }

  /** The steps after its work. Rejects as `commit` does. */
  async #end(): Promise<void> {
    const { signal } = this.#options;
    const isAborted = signal?.aborted && !this.#isOver;
    if (isAborted) await this.rollback();
    else if (!this.#isOver && !this.#commitment && this.#isHandedOver()) return;
    try {
      await this.#settle();
    } finally {
      await this.#undoing;
      // if it was found committed, it still has its lock
      await this.release();
      if (this.isRolledBack()) await this.#rollBackAround();
    }
    if (isAborted && this.isRolledBack()) throw signal.reason;
  }

  /** Commits or rolls back, unless the caller has done so. Waits for a commit or rollback that the caller began. */
  async #settle(): Promise<void> {
    const { commitMode } = this;
    const isAroundLost = commitMode !== CommitMode.EAGER && this.parent?.isRolledBack();
    if (this.#isOver) return;
    if (this.#commitment) await this.#commitment;
    else if (isAroundLost || (commitMode === CommitMode.OFF && !this.parent)) await this.rollback();
    else await this.commit();
  }

  /** Hands this to the nearest open work around it, which commits it or rolls it back at its own end. False if there is none. */
  #isHandedOver(): boolean {
    if (this.commitMode === CommitMode.EAGER || this.parent?.isRolledBack()) return false;
    for (let around = this.parent; around; around = around.parent) if (around.#take(this)) return true;
    return false;
  }

  /** A cached call that keeps its own result may be answered all the same, by a stale result: `answer` rolls back if it fails. */
  async #rollBackAround(): Promise<void> {
    const isAnsweredFor = this.#isEagerTask && this.key !== undefined;
    if (this.parent && !isAnsweredFor && !(this.#options.isTask && this.parent.#isEagerTask))
      await this.parent.rollback();
  }

  /** A task that keeps its own result is not part of the task around it. */
  get #isEagerTask(): boolean {
    return this.#options.isTask && this.commitMode === CommitMode.EAGER;
  }

  #take(child: UnitOfWork): boolean {
    if (!this.#takesChildren || this.#isOver) return false;
    this.#children.push(child);
    child.results.handOver();
    return true;
  }

  /** Hooks run in their transaction, even if the platform has lost track of it. */
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
}

/** The unit of work that a call made in `scope` is part of. */
export function currentWork({ work }: Scope): UnitOfWork | undefined {
  return work instanceof UnitOfWork ? work.open : undefined;
}

function callOfItself({ name, key }: TaskCall): InvalidArgumentError {
  return new InvalidArgumentError(
    `Task "${name}" is called with the same key inside its own call, and would wait for itself: change its arguments or its key`,
    { key },
  );
}
