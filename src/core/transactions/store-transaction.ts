import { LockNotHeldError } from "../../errors/index.ts";
import type { Scope } from "../context/scope.ts";
import type { InFlightComputation } from "../cache/cached-records.ts";
import type { CallEvents } from "../events/call-events.ts";
import { tellUnkept } from "../events/store-event.ts";
import type { Enclosing } from "../locks/enclosing.ts";
import { IsolationLevel } from "../locks/isolation-level.ts";
import { ResultRecord } from "../record/result-record.ts";
import { invalidated } from "../storages/invalidation-log.ts";
import { tellMiss } from "../answers/miss.ts";
import type { Hit } from "../answers/record-access.ts";
import type { ResultStore } from "../store/result-store.ts";
import { internals } from "../store/store-internals.ts";
import type { TaskCall } from "../work/task-call.ts";
import { type HookOptions, type Transaction, TransactionState } from "../work/transaction.ts";
import { type AnswerInside, type HeldLock, UnitOfWork } from "../work/unit-of-work.ts";
import { TransactionLocks } from "./transaction-locks.ts";
import type { ResolvedTransactionOptions } from "./transaction-options.ts";

/** Nested transactions share the locks of the surrounding work, so that none of them waits for another. */
function locksOf(work: UnitOfWork): TransactionLocks {
  if (work.locks) return work.locks as TransactionLocks;
  const { parent, heldLock } = work;
  const around = parent && locksOf(parent);
  const holder = work instanceof StoreTransaction ? work.givenHolder : work.holder;
  const locks = around && !heldLock ? around : new TransactionLocks(around, holder);
  if (heldLock?.manager) locks.adopt(heldLock.manager, heldLock.key);
  return (work.locks = locks);
}

/** A transaction that reads a record when it begins, locks if necessary, and writes records at commit. */
export class StoreTransaction extends UnitOfWork {
  readonly #around: readonly Enclosing[];
  override readonly heldLock: HeldLock | undefined;
  /** The holder of the lock that the caller has. */
  readonly givenHolder: string | undefined;
  readonly #options: ResolvedTransactionOptions;
  readonly #locks: TransactionLocks;
  readonly #isTask: boolean;
  /** The record that was kept under the key when it began. */
  #found: Hit | undefined;
  #keeps: boolean;
  readonly #work: InFlightComputation | undefined;
  #endWork: (() => void) | undefined;
  #releaseLock: (() => Promise<void>) | undefined;

  /** `isTask`: created for a call of a task. */
  constructor(options: ResolvedTransactionOptions, scope: Scope, isTask = false) {
    super({ ...options, scope, isTask });
    const { key, store, holder, tags } = options;
    this.#options = options;
    this.#around = scope.enclosing ?? [];
    this.givenHolder = holder;
    this.heldLock = holder !== undefined && key !== undefined ? { manager: store?.lockManager, key } : undefined;
    this.#locks = locksOf(this);
    this.#isTask = isTask;
    this.#keeps = options.writeOnCommit;
    if (key !== undefined) this.#work = { key, isCurrent: true, tags: isTask ? tags : [], replacesWrites: true };
  }

  get holder(): string {
    return this.#locks.holder;
  }

  override holderOf(store: ResultStore, key: string): string | undefined {
    return this.#locks.holderOf(store, key);
  }

  override async read<T = unknown>(): Promise<ResultRecord<T> | undefined> {
    return (this.#found?.record as ResultRecord<T> | undefined) ?? super.read<T>();
  }

  protected override get waiting() {
    const { acquireTimeout, signal } = this.#options;
    return { acquireTimeout, signal };
  }

  /** Takes the lock that `SERIALIZABLE` requires, and reads the record. If there is one, the transaction is committed from the start. */
  protected override async begin(): Promise<TransactionState> {
    const { key, store, isolationLevel } = this;
    const { events, overwrite } = this.#options;
    // the calls inside are below this one in traces
    if (events) this.enclosing = { manager: undefined, key: key!, call: events.call };
    if (isolationLevel === IsolationLevel.SERIALIZABLE && store) {
      await store[internals].assertUsable();
      store.assertIsolationLevel(isolationLevel, key);
      if (key !== undefined) {
        this.#releaseLock = await this.#locks.acquire(store, key, { ...this.waiting, around: this.#around });
        this.enclosing = { manager: store.lockManager, key, holder: this.holder, call: events?.call };
      }
    }
    if (this.#work) this.#endWork = store?.[internals].beginWork(this.#work);
    const looks = key !== undefined && store !== undefined && !overwrite;
    return looks ? this.#look(store, key) : TransactionState.ACTIVE;
  }

  async #look(store: ResultStore, key: string): Promise<TransactionState> {
    const { acquireTimeout, signal } = this.waiting;
    const timeout = this.#locks.timeout(acquireTimeout);
    const { schema, events } = this.#options;
    const emit = events?.emit;
    const options = { holder: this.holderOf(store, key), timeout, signal, schema };
    const look = await store[internals].look(key, options, emit);
    if ("record" in look) {
      this.#found = schema ? { ...look, record: look.record.withResult(look.value) } : look;
      return TransactionState.COMMITTED;
    }
    const tell = emit ?? store.onEvent;
    if (tell) await tellMiss(tell, store.resultStorage, key, look);
    if (look.miss === "unsupported") {
      // only another version may replace a record of a later version; a task computes all the same
      if (!this.#isTask) return TransactionState.COMMITTED;
      this.#keeps = false;
      tellUnkept(emit, key, look.error);
    } else if (look.miss === "storage-error" && !this.#isTask) throw look.error;
    return TransactionState.ACTIVE;
  }

  /** The value is kept as it is now, whatever happens to it before the commit. */
  override stage(value: unknown, hooks?: HookOptions): void {
    const { key, store } = this;
    if (!this.#keeps || key === undefined || !store) return super.stage(value, hooks);
    const record = value instanceof ResultRecord ? value : store.createResultRecord(value, { key });
    this.#work!.tags = record.metadata.tags ?? [];
    super.stage(record.capture(), hooks);
  }

  protected async write(value: unknown): Promise<void> {
    const { key, store } = this;
    if (!this.#keeps || key === undefined || !store) return;
    // the caller has its result, and the others of the transaction are kept
    if (!this.#work!.isCurrent) return tellUnkept(store.onEvent, key, invalidated(key));
    await this.#persist(store, value as ResultRecord);
  }

  /** If another holder has the lock, the write waits for it. */
  async #persist(store: ResultStore, record: ResultRecord): Promise<void> {
    const key = record.metadata.storageKey;
    const holder = this.holderOf(store, key);
    try {
      await store.persistResultRecord(record, { holder });
    } catch (error) {
      if (holder !== undefined || !(error instanceof LockNotHeldError)) throw error;
      const around = [...this.#around, ...this.taken];
      const release = await this.#locks.acquire(store, key, { ...this.waiting, around });
      try {
        await store.persistResultRecord(record, { holder: this.holderOf(store, key) });
      } finally {
        await release();
      }
    }
  }

  protected override async release(): Promise<void> {
    this.#endWork?.();
    if (this.enclosing) this.enclosing.isOver = true;
    await this.#releaseLock?.();
  }

  /** The commit of the surrounding transaction keeps the result. A second call in it gets the same result. */
  async answerInside(call: TaskCall, around: UnitOfWork, events: CallEvents | undefined): Promise<AnswerInside> {
    const { key, store, scope, schema, tags, refresh: overwrite } = call;
    const options = {
      key,
      store,
      parent: around,
      commitMode: around.commitMode,
      isolationLevel: call.isolationLevel ?? IsolationLevel.READ_COMMITTED,
      overwrite,
      schema,
      tags,
      events,
      writeOnCommit: true,
    };
    const unit = new StoreTransaction(options, scope, true);
    const answer = unit.carryOut((transaction: Transaction) => call.answerIn(transaction, unit.holder, events?.emit));
    const result = answer.then((value) => ({ value, isShared: !call.isRefused }));
    around.results.add(store.resultStorage, key, { unit, result, call: events?.call });
    const value = await answer;
    const { source, from } = unit.#found ?? { source: "computed" };
    return { value, source, from };
  }
}
