import {
  ConfigurationError,
  CorruptRecordError,
  InvalidArgumentError,
  RecordNotFoundError,
  UnsupportedRecordError,
} from "../../errors/index.ts";
import { type Computation, Computations } from "./computations.ts";
import { toMilliseconds } from "../support/duration.ts";
import type { StoreListener } from "../events/store-event.ts";
import { resolveExpiration } from "../record/expiration.ts";
import type { Flow } from "../tasks/flow.ts";
import { generateHolder } from "../locks/holder.ts";
import { isExpired } from "../record/is-expired.ts";
import { type IsolationLevel, whyUnsupported } from "./isolation-level.ts";
import type { ResultCache } from "./memory-cache.ts";
import { NullStorage } from "../storages/null-storage.ts";
import { assertSchema, type Look, RecordAccess } from "./record-access.ts";
import type { LockGrant, ResultLockManager } from "../locks/result-lock-manager.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import { ResultRecord } from "../record/result-record.ts";
import type { ResultStorage, SweepResult } from "../storages/result-storage.ts";
import {
  areSameStorages,
  resolveStoreOptions,
  storagesOf,
  type ComputeContext,
  type CreateRecordOptions,
  type GetOrComputeOptions,
  type HolderOptions,
  type ListOptions,
  type ListPage,
  type PersistOptions,
  type ReadManyOptions,
  type ReadOptions,
  type ResolvedStoreOptions,
  type ResultStoreOptions,
  type StoreLockOptions,
  type WaitOptions,
  type WriteEntry,
  type WriteOptions,
} from "./result-store-options.ts";
import { storageKeyFnForRun } from "../tasks/run-storage-key.ts";
import { flowStoreOptions, taskStoreOptions } from "../tasks/run-store-options.ts";
import { currentScope } from "../context/scope.ts";
import { describeSerializer } from "../serializers/serializer-registry.ts";
import type { Serializer } from "../serializers/serializer.ts";
import { assertStorageKey } from "../record/storage-key.ts";
import { internals, type Keep, type StoreInternals } from "./store-internals.ts";
import { resultStorageIdOf } from "../storages/storage-registry.ts";
import { lockTimeout, StoreLocks } from "./store-locks.ts";
import { clearStorage, listStorage, sweepStorage } from "../storages/storage-fallbacks.ts";
import type { TaskScheduler } from "../deferred/task-scheduler.ts";
import type { Task } from "../tasks/task.ts";
import { runTransaction, type Transaction } from "../transactions/transaction.ts";
import type { TransactionOptions } from "../transactions/transaction-options.ts";
import { libraryVersion } from "../record/version.ts";

/**
 * Keeps the results of computations under keys: a memory cache, one computation at a time, records in a storage.
 *
 * Every method takes keys of 1 to 1,024 bytes of UTF-8 (`InvalidArgumentError` otherwise), durations as
 * milliseconds or strings such as `"5m"`, and rejects with a `RepriseError`, or with the reason of a `signal`
 * that aborts. After `close()` the next call opens the storage again.
 *
 * @example
 * ```ts
 * const store = new ResultStore();
 * const primes = await store.getOrCompute("primes/1000", () => sieve(1000), { expiresIn: "1d" });
 * ```
 */
export class ResultStore {
  readonly #options: ResolvedStoreOptions;
  readonly #access: RecordAccess;
  readonly #locks: StoreLocks;
  readonly #computations: Computations;
  /** For tasks and transactions. */
  readonly [internals]: StoreInternals = {
    answer: (key, compute, options) => this.#answer(key, compute, options),
    look: (key, options) => this.#look(key, options),
    assertUsable: async () => this.#options.storage.assertUsable?.(),
  };

  /** Opens nothing yet. Throws `ConfigurationError` for options that name nothing known. */
  constructor(options: ResultStoreOptions = {}) {
    this.#options = resolveStoreOptions(options);
    this.#access = new RecordAccess(this.#options);
    this.#locks = new StoreLocks(this.#options);
    this.#computations = new Computations(this.#options, this.#access, this.#locks);
  }

  /**
   * Another store, which differs in these options and shares the rest: storage and locks, listener, clock. Over the
   * same storages they share what is in memory too. `metadataStorage: undefined` takes that one away.
   */
  withOptions(options: ResultStoreOptions): ResultStore {
    const { emit, cache, ...same } = this.#options;
    const storages = storagesOf(options, same);
    const memory = areSameStorages(storages, same) && { cache };
    return new ResultStore({ ...same, ...memory, onEvent: emit, ...options, ...storages });
  }

  /** A name that no other caller has. */
  static generateDefaultHolder(): string {
    return generateHolder();
  }

  /**
   * The record that `metadata` points to, by its storage's registered name and its key. What a store with a
   * `metadataStorage` wrote is found with the same one. Rejects with `RecordNotFoundError` where it is gone,
   * `ConfigurationError` where the storage is not registered here.
   */
  static async fromMetadata(
    metadata: ResultRecordMetadata,
    { metadataStorage }: Pick<ResultStoreOptions, "metadataStorage"> = {},
  ): Promise<ResultRecord> {
    const { storageId, storageKey: key } = metadata;
    if (storageId === undefined) {
      throw new ConfigurationError(`The metadata of "${key}" names no storage: only registered ones can be found`, {
        key,
      });
    }
    const store = new ResultStore({ resultStorage: storageId, metadataStorage });
    const record = await store.read(key, { allowExpired: true });
    if (!record) throw new RecordNotFoundError(`"${storageId}" has no record "${key}" any more`, { key });
    return record;
  }

  get resultStorage(): ResultStorage {
    return this.#options.resultStorage;
  }

  /** Where metadata is kept apart from the results. */
  get metadataStorage(): ResultStorage | undefined {
    return this.#options.metadataStorage;
  }

  get lockManager(): ResultLockManager | undefined {
    return this.#options.lockManager;
  }

  get serializer(): Serializer {
    return this.#options.serializer;
  }

  get cache(): ResultCache {
    return this.#options.cache;
  }

  get cacheResultInMemory(): boolean {
    return this.#options.cacheResultInMemory;
  }

  get storageKeyFn(): () => string {
    return this.#options.storageKeyFn;
  }

  /** Told of everything that the store does. */
  get onEvent(): StoreListener | undefined {
    return this.#options.emit;
  }

  get now(): () => number {
    return this.#options.now;
  }

  get waitUntil(): ((promise: Promise<unknown>) => void) | undefined {
    return this.#options.waitUntil;
  }

  /** Has the calls done that tasks `defer`. */
  get scheduler(): TaskScheduler | undefined {
    return this.#options.scheduler;
  }

  /** The name that the storage was registered under. */
  get resultStorageId(): string | undefined {
    return resultStorageIdOf(this.resultStorage);
  }

  /**
   * What is kept under `key`, or what `compute` gives, which is kept then. Callers of the same key join: in this
   * context they share one promise (and the first one's options), elsewhere they wait for the lock and read.
   * A hit asks for no lock. Nothing that is wrong with a record, the storage or the locks makes the call fail: it
   * computes then, and `onEvent` tells. Rejects with what `compute` throws, which is not kept, and with
   * `LockTimeoutError` where `acquireTimeout` (absent: for ever) passes. A call for a key from inside its own
   * computation, or under its lock, waits for itself unless it names the `holder`.
   *
   * @example
   * ```ts
   * const map = await store.getOrCompute("map/usa", ({ signal }) => draw("usa", signal), { expiresIn: "7d" });
   * ```
   */
  async getOrCompute<T>(
    key: string,
    compute: (context: ComputeContext) => T | Promise<T>,
    options: GetOrComputeOptions = {},
  ): Promise<T> {
    if (typeof compute !== "function") {
      throw new InvalidArgumentError(`getOrCompute needs a function that computes; got ${typeof compute}`, { key });
    }
    const computeAndKeep = async (context: ComputeContext, keep: Keep) => {
      const value = await compute(context);
      // that it can't be kept never hides it from the caller, and an event has told
      await keep(value).catch(() => {});
      return value;
    };
    return this.#answer(key, computeAndKeep, options) as Promise<T>;
  }

  async #answer(key: string, compute: Computation["compute"], options: GetOrComputeOptions): Promise<unknown> {
    const { emit } = this.#options;
    const started = emit ? performance.now() : 0;
    assertStorageKey(key);
    const expiration = resolveExpiration(options, this.#options.now);
    if (options.holdTimeout !== undefined) toMilliseconds(options.holdTimeout, "holdTimeout");
    if (options.acquireTimeout !== undefined) toMilliseconds(options.acquireTimeout, "acquireTimeout");
    options.signal?.throwIfAborted();

    const atHand = options.refresh || options.schema ? undefined : this.#access.recall(key);
    if (atHand) {
      emit?.({ type: "done", key, source: "memory", duration: performance.now() - started });
      return atHand.result;
    }
    const toRecord = (value: unknown) => this.#createRecord(value, key, expiration());
    const { value, source, from } = await this.#computations.answer({ key, compute, options, toRecord });
    emit?.({ type: "done", key, source, ...(from && { from }), duration: performance.now() - started });
    return value;
  }

  /** Looks without waiting, as a hit asks for no lock; then again, once nobody holds it any more. */
  async #look(key: string, { holder, timeout, signal }: ReadOptions): Promise<Look> {
    assertStorageKey(key);
    const first = await this.#access.look(key, { signal, fresh: holder !== undefined });
    if ("record" in first) return first;
    const free = await this.#locks.waitForOthers(key, { holder, timeout, signal });
    const look = free ? await this.#access.look(key, { signal, fresh: true, committed: free.committed }) : first;
    if ("record" in look) return look;
    const { miss: reason, error } = look;
    this.#options.emit?.({ type: "miss", key, reason, ...(error !== undefined && { error }) });
    return look;
  }

  /**
   * The record, or `undefined` where there is none or it has expired. Waits while another holder has the lock.
   * Rejects with `CorruptRecordError` where it is damaged, with `LockTimeoutError` after `timeout`, with
   * `SchemaMismatchError` where the result doesn't fit `schema`. A record that can't be read here is given all
   * the same: its metadata is there, its `result` throws `UnsupportedRecordError`.
   */
  async read(key: string, options: ReadOptions = {}): Promise<ResultRecord | undefined> {
    assertStorageKey(key);
    const { holder, signal } = options;
    // looked for while the lock is asked after, since it is hardly ever held. Who holds it reads past memory: word of
    // what the holder before wrote may still be on its way
    const ahead = Promise.resolve(
      (holder === undefined ? this.#access.recall(key) : undefined) ??
        this.#access.fetch(key, { signal, fresh: holder !== undefined }),
    );
    ahead.catch(() => {});
    const waited = await this.#locks.waitForOthers(key, options);
    const record = await (waited ? this.#access.fetch(key, { ...waited, signal, fresh: true }) : ahead);
    if (!record || (!options.allowExpired && isExpired(record.metadata, this.#options.now()))) return undefined;
    if (options.schema) await assertSchema(record, options.schema);
    return record;
  }

  /** As `read` for each key, in as few calls to the storage as it can do it. */
  async readMany(keys: readonly string[], options: ReadManyOptions = {}): Promise<(ResultRecord | undefined)[]> {
    for (const key of keys) assertStorageKey(key);
    const waited = await Promise.all(keys.map((key) => this.#locks.waitForOthers(key, options)));
    const found = new Map(keys.map((key, i) => [key, waited[i] ? undefined : this.#access.recall(key)]));
    const missing = [...found.keys()].filter((key) => !found.get(key));
    const fresh = options.holder !== undefined || waited.some(Boolean);
    const fetched = await this.#access.fetchMany(missing, { signal: options.signal, fresh });
    for (const [i, record] of fetched.entries()) found.set(missing[i]!, record);
    const now = this.#options.now();
    return keys.map((key) => {
      const record = found.get(key);
      return record && !isExpired(record.metadata, now) ? record : undefined;
    });
  }

  /**
   * Keeps a result. Rejects with `LockNotHeldError` while another holder has the lock, with `StaleLockError` where
   * `holder` has lost it, with `PreconditionFailedError` where `ifMatch` or `ifNoneMatch` doesn't hold, and with
   * `SerializationError`, whose `path` leads to what can't be carried. Nothing that was kept is touched then.
   */
  async write(key: string, result: unknown, options: WriteOptions = {}): Promise<ResultRecord> {
    assertStorageKey(key);
    const record = this.#createRecord(result, key, resolveExpiration(options, this.#options.now)());
    await this.persistResultRecord(record, options);
    return record;
  }

  /** As `write` for each entry. All are tried; rejects with the first error then. */
  async writeMany(entries: readonly WriteEntry[]): Promise<ResultRecord[]> {
    return allOrFirstError(entries.map(({ key, result, ...options }) => this.write(key, result, options)));
  }

  /** A record that is not kept yet, under a key from `storageKeyFn` unless one is given. */
  createResultRecord<T>(result: T, options: CreateRecordOptions = {}): ResultRecord<T> {
    const key = options.key ?? this.#options.storageKeyFn();
    assertStorageKey(key);
    return this.#createRecord(result, key, resolveExpiration(options, this.#options.now)());
  }

  /** Keeps a record as it is. Rejects as `write` does. */
  async persistResultRecord(record: ResultRecord, options: PersistOptions = {}): Promise<void> {
    const { holder, ...conditions } = options;
    const key = record.metadata.storageKey;
    assertStorageKey(key);
    if (holder === undefined) await this.#computations.settle(key);
    const grant = await this.#locks.grantForWrite(key, holder);
    await this.#access.keep(record, { ...conditions, grant });
    if (grant) this.#locks.noteCommit(grant, record.metadata.etag);
  }

  /** Whether there is an unexpired record whose metadata can be read. Reads no body where the storage can do without. */
  async exists(key: string): Promise<boolean> {
    assertStorageKey(key);
    const { storage, now } = this.#options;
    try {
      const metadata = storage.head ? (await storage.head(key))?.metadata : (await this.#access.fetch(key))?.metadata;
      return metadata !== undefined && !isExpired(metadata, now());
    } catch (error) {
      if (error instanceof CorruptRecordError || error instanceof UnsupportedRecordError) return false;
      throw error;
    }
  }

  /** Whether there was something to delete. Rejects with `LockNotHeldError` while another holder has the lock. */
  async delete(key: string, { holder }: Partial<HolderOptions> = {}): Promise<boolean> {
    assertStorageKey(key);
    if (holder === undefined) await this.#computations.settle(key);
    const grant = await this.#locks.grantForDelete(key, holder);
    const deleted = await this.#options.storage.delete(key, { grant }).finally(() => this.#changed([key]));
    if (deleted) this.#options.emit?.({ type: "delete", key });
    return deleted;
  }

  /** As `delete` for each key, in as few calls to the storage as it can do it; none is deleted while another holder has a lock. */
  async deleteMany(keys: readonly string[]): Promise<boolean[]> {
    for (const key of keys) assertStorageKey(key);
    await Promise.all(keys.map((key) => this.#computations.settle(key)));
    await allOrFirstError(keys.map((key) => this.#locks.grantForWrite(key, undefined)));
    const { storage, emit } = this.#options;
    const deleting = storage.deleteMany
      ? storage.deleteMany(keys)
      : allOrFirstError(keys.map((key) => storage.delete(key)));
    const deleted = await deleting.finally(() => this.#changed(keys));
    for (const [i, key] of keys.entries()) if (deleted[i]) emit?.({ type: "delete", key });
    return deleted;
  }

  /** A page of metadata in the order of the keys; no bodies are read. Rejects with `ConfigurationError` where the storage can't list. */
  async list({ allowExpired = false, ...options }: ListOptions = {}): Promise<ListPage> {
    const { limit = 1_000 } = options;
    if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) {
      throw new InvalidArgumentError(`limit has to be a whole number from 1 to 1,000; got ${String(limit)}`);
    }
    const { storage, now } = this.#options;
    const page = await listStorage(storage, { ...options, limit });
    const time = now();
    return { ...page, records: page.records.filter((metadata) => allowExpired || !isExpired(metadata, time)) };
  }

  /**
   * Waits its turn for the lock on `key`: a grant, or `undefined` after `acquireTimeout`. Without `holdTimeout` it
   * is held until released or until its tab or process is gone. Like the next five, rejects with
   * `ConfigurationError` where the store has no lock manager.
   *
   * @example
   * ```ts
   * await using grant = await store.acquireLock("report", { acquireTimeout: "2s" });
   * if (grant) await store.write("report", 1, { holder: grant.holder });
   * ```
   */
  async acquireLock(key: string, options: StoreLockOptions = {}): Promise<LockGrant | undefined> {
    assertStorageKey(key);
    return this.#locks.acquire(key, options);
  }

  /** Rejects with `LockNotHeldError` for anyone but the holder. */
  async releaseLock(key: string, { holder }: HolderOptions): Promise<void> {
    assertStorageKey(key);
    await this.#locks.release(key, holder);
  }

  /** Whether anyone holds the lock, in whatever tab or region. */
  async isLocked(key: string): Promise<boolean> {
    assertStorageKey(key);
    return this.#locks.manager.isLocked(key);
  }

  async isLockHolder(key: string, { holder }: HolderOptions): Promise<boolean> {
    assertStorageKey(key);
    return this.#locks.manager.isLockHolder(key, holder);
  }

  /** True once the lock is free, at once if it is; false after `timeout`. */
  async waitForLock(key: string, { timeout, signal }: WaitOptions = {}): Promise<boolean> {
    assertStorageKey(key);
    const milliseconds = timeout === undefined ? undefined : toMilliseconds(timeout, "timeout");
    return (await this.#locks.manager.waitForLock(key, { timeout: milliseconds, signal })) !== undefined;
  }

  /**
   * Runs `work` under the lock and releases it however that ends. The lease (`holdTimeout`, 30 s at first) is renewed
   * meanwhile; the signal of the grant aborts where it is lost all the same. Rejects with `LockTimeoutError` after
   * `acquireTimeout`, and with what `work` throws.
   *
   * @example
   * ```ts
   * await store.withLock("counter", async ({ holder }) => {
   *   const record = await store.read("counter", { holder });
   *   await store.write("counter", Number(record?.result ?? 0) + 1, { holder });
   * });
   * ```
   */
  async withLock<T>(
    key: string,
    work: (grant: LockGrant) => T | Promise<T>,
    options: StoreLockOptions = {},
  ): Promise<T> {
    assertStorageKey(key);
    if (typeof work !== "function") {
      throw new InvalidArgumentError(`withLock needs a function to run; got ${typeof work}`, { key });
    }
    const hold = await this.#locks.take(key, options);
    if (!hold) throw lockTimeout(key, options.acquireTimeout);
    return hold.run(async () => work(hold.grant));
  }

  /** `SERIALIZABLE` asks for a lock manager and a storage that is strongly consistent. Throws `ConfigurationError` for an unknown level. */
  supportsIsolationLevel(level: IsolationLevel): boolean {
    return whyUnsupported(level, this.#options) === undefined;
  }

  /** Throws `ConfigurationError`, which says why, where `supportsIsolationLevel` gives false. */
  assertIsolationLevel(level: IsolationLevel): void {
    const reason = whyUnsupported(level, this.#options);
    if (reason !== undefined) throw new ConfigurationError(`This store does not support ${level}: ${reason}`);
  }

  /**
   * As `transaction`, with this store.
   *
   * @example
   * ```ts
   * await store.transaction({ key: "report", isolationLevel: IsolationLevel.SERIALIZABLE }, async (txn) => {
   *   const before = await store.read("visits", { holder: txn.holder });
   *   txn.stage({ visits: before?.result ?? 0 });
   * });
   * ```
   */
  async transaction<T>(
    options: Omit<TransactionOptions, "store">,
    fn: (transaction: Transaction) => T | Promise<T>,
  ): Promise<T> {
    return runTransaction({ ...options, store: this }, fn, { scope: currentScope(), defaultStore: () => this });
  }

  /** The store that tasks called in a flow get: another one, with what the flow names. */
  async updateForFlow({ options }: Pick<Flow<never, unknown>, "options">): Promise<ResultStore> {
    return this.withOptions({ ...flowStoreOptions(options), metadataStorage: new NullStorage() });
  }

  /**
   * The store that calls of a task get: another one, with what the task and its policy name, and with the locks of the transaction
   * around, unless the policy names some. A `storageKeyFn` from its `resultStorageKey` needs a run to take names and parameters from.
   */
  async updateForTask({ options, name }: Pick<Task<never, unknown>, "options" | "name">): Promise<ResultStore> {
    const { resultStorageKey } = options;
    const lockManager = currentScope().transaction?.store?.lockManager ?? this.lockManager;
    const storageKeyFn =
      resultStorageKey === undefined ? this.storageKeyFn : storageKeyFnForRun(resultStorageKey, name);
    const metadataStorage = this.metadataStorage instanceof NullStorage ? undefined : this.metadataStorage;
    return this.withOptions({ lockManager, storageKeyFn, metadataStorage, ...taskStoreOptions(options) });
  }

  /** Keeps the parameters of work to be done later, under `parameters/<id>`. Rejects as `write` does. */
  async storeParameters(id: string, parameters: unknown): Promise<void> {
    await this.write(parametersKey(id), parameters);
  }

  /** Rejects with `RecordNotFoundError` where none were stored. */
  async readParameters(id: string): Promise<unknown> {
    const key = parametersKey(id);
    const record = await this.read(key);
    if (!record) throw new RecordNotFoundError(`No parameters are stored under "${id}"`, { key });
    return record.result;
  }

  /** Deletes what has expired, and the least recently used where the storage has a budget that is overdrawn. */
  async sweep(): Promise<SweepResult> {
    const { storage, now, emit } = this.#options;
    const swept = await sweepStorage(storage, { now: now() });
    emit?.({ type: "sweep", ...swept });
    return swept;
  }

  /** Deletes every record. */
  async clear(): Promise<void> {
    await clearStorage(this.#options.storage).finally(() => this.#changed());
    this.#options.emit?.({ type: "clear" });
  }

  /** Lets go of connections and locks, those that stores made by `withOptions` share included. */
  async close(): Promise<void> {
    const { storage, lockManager, changes } = this.#options;
    changes?.close();
    this.#access.forget();
    await Promise.all([storage.close?.(), lockManager?.close?.()]);
  }

  #changed(keys?: readonly string[]): void {
    this.#access.forget(keys);
    this.#options.changes?.post(keys);
  }

  #createRecord<T>(result: T, key: string, expiration: Date | undefined): ResultRecord<T> {
    const { serializer, now } = this.#options;
    const storageId = this.resultStorageId;
    const metadata: ResultRecordMetadata = {
      storageKey: key,
      createdAt: new Date(now()),
      ...(expiration && { expiration }),
      serializer: describeSerializer(serializer),
      libraryVersion,
      ...(storageId !== undefined && { storageId }),
    };
    return new ResultRecord(metadata, serializer, { value: result });
  }
}

function parametersKey(id: string): string {
  return `parameters/${id}`;
}

/** Lets all end before it rejects, so that none is left going on unseen. */
async function allOrFirstError<T>(promises: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
