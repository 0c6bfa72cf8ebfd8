import {
  ConfigurationError,
  CorruptRecordError,
  InvalidArgumentError,
  UnsupportedRecordError,
} from "../../errors/index.ts";
import type { ResultCache } from "../cache/memory-cache.ts";
import type { StoreListener } from "../events/store-event.ts";
import { assertNotHeldAround, currentEnclosing, runEnclosed } from "../locks/enclosing.ts";
import { generateHolder } from "../locks/holder.ts";
import type { IsolationLevel } from "../locks/isolation-level.ts";
import type { LockGrant, ResultLockManager } from "../locks/result-lock-manager.ts";
import { assertTags } from "../record/assert-target.ts";
import { expirationAt } from "../record/expiration.ts";
import { isExpired } from "../record/is-expired.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import type { ResultRecord } from "../record/result-record.ts";
import { assertStorageKey, assertStorageKeys } from "../record/storage-key.ts";
import type { Serializer } from "../serializers/serializer.ts";
import type { ResultStorage, SweepResult } from "../storages/result-storage.ts";
import { headStorage, listStorage, sweepStorage } from "../storages/storage-fallbacks.ts";
import { resolveResultStorage, resultStorageIdOf } from "../storages/storage-registry.ts";
import { allOrFirstError } from "../concurrency/all-or-first-error.ts";
import { assertFunction } from "../support/assert-function.ts";
import { assertOptions } from "../support/assert-options.ts";
import { timesOf } from "../support/duration.ts";
import { Answers, keepsAll, resultOf } from "../answers/answers.ts";
import {
  deleteOptionNames,
  invalidateOptionNames,
  listOptionNames,
  lockOptionNames,
  readOptionNames,
  scopeOptionNames,
  writeOptionNames,
} from "../options/call-option-names.ts";
import type * as Call from "../options/call-options.ts";
import { Changes, storageIn } from "./changes.ts";
import type { Answer } from "../answers/computation.ts";
import { createRecord } from "../answers/create-record.ts";
import { assertMode, type InvalidateTarget, toTarget } from "./invalidate.ts";
import { whyUnsupported } from "./isolation.ts";
import type { KeepingMetadata } from "../freshness/keeping.ts";
import { RecordAccess } from "../answers/record-access.ts";
import type { Scheduler } from "../options/scheduler.ts";
import { assertSchema, parseResult, type ValueOf } from "../freshness/standard-schema.ts";
import { internals, type StoreInternals } from "./store-internals.ts";
import { lockTimeout, StoreLocks } from "../answers/store-locks.ts";
import {
  assertStoreOptions,
  type PartialStoreOptions,
  type ResolvedStoreOptions,
  resolveStoreOptions,
  type ResultStoreOptions,
} from "../options/store-options.ts";

/**
 * Keeps results of computations under keys, with a memory cache, one computation at a time, and records in a storage.
 *
 * Keys are strings of 1 to 1,024 bytes of UTF-8; any other key is an `InvalidArgumentError`. Durations are milliseconds, or
 * strings such as `"5m"`. Every method rejects with a `RepriseError`, or with the reason of a `signal` that aborts. After
 * `close()` the next call opens the storage again.
 *
 * It has no defaults. `createResultStore()` of `reprise` creates one with the parts of the runtime.
 *
 * @example
 * ```ts
 * const store = new ResultStore({ resultStorage: new MemoryStorage(), serializer: new JsonSerializer() });
 * const primes = await store.getOrCompute("primes/1000", () => sieve(1000), { expiresIn: "1d" });
 * ```
 */
export class ResultStore {
  readonly #options: ResolvedStoreOptions;
  readonly #access: RecordAccess;
  readonly #locks: StoreLocks;
  readonly #answers: Answers;
  readonly #changes: Changes;
  /** For tasks and transactions. */
  readonly [internals]: StoreInternals = {
    answer: async (...call) => (await this.#answer(...call)).value,
    answerWhole: (...call) => this.#answer(...call),
    recall: (key) => this.#access.recall(key),
    look: (...look) => this.#answers.look(...look),
    beginWork: (work) => this.#access.beginComputation(work),
    peek: (key, options) => this.#answers.peek(key, options),
    recordsOf: (key, options) => this.#answers.recordsOf(key, options),
    watch: (watcher) => this.#access.watch(watcher),
    listeners: () => this.#options.listeners,
    noteInvalidation: (target) => this.#access.changed("invalidated", target),
    assertUsable: async () => this.#options.resultStorage.assertUsable?.(),
  };

  /**
   * Does not open the storage yet. Throws `ConfigurationError` for options that are unknown, missing, or name an
   * unknown part.
   */
  constructor(options: ResultStoreOptions) {
    this.#options = resolveStoreOptions(options);
    this.#access = new RecordAccess(this.#options);
    this.#locks = new StoreLocks(this.#options);
    this.#answers = new Answers(this.#options, this.#access, this.#locks);
    this.#changes = new Changes(this.#options, this.#access, this.#locks, this.#answers);
  }

  /**
   * Creates a store with these options and the other options of this one. With the same storage, both share the memory
   * cache. With another storage, the new store has an empty cache of the same kind.
   */
  withOptions(options: PartialStoreOptions): ResultStore {
    assertStoreOptions(options);
    const { emit: _, listeners, cache, ...same } = this.#options;
    const resultStorage = resolveResultStorage(options.resultStorage ?? same.resultStorage);
    const sameCache = resultStorage === same.resultStorage ? cache : cache?.createEmpty?.();
    const serializer = options.serializer ?? same.serializer;
    const store = new ResultStore({ ...same, cache: sameCache, ...options, resultStorage, serializer });
    if (!("onEvent" in options)) store.#options.listeners = listeners;
    return store;
  }

  /** A unique name for a holder. */
  static generateDefaultHolder(): string {
    return generateHolder();
  }

  /** The storage of the records. */
  get resultStorage(): ResultStorage {
    return this.#options.resultStorage;
  }

  /** The lock manager. `undefined`: the store takes no locks. */
  get lockManager(): ResultLockManager | undefined {
    return this.#options.lockManager;
  }

  /** The serializer of results that the store writes. */
  get serializer(): Serializer {
    return this.#options.serializer;
  }

  /** The records in memory. `undefined`: every hit reads the storage. */
  get cache(): ResultCache | undefined {
    return this.#options.cache;
  }

  /** Whether the store keeps records in memory, so that all callers get the same object. */
  get cacheResultInMemory(): boolean {
    return this.#options.cacheResultInMemory;
  }

  /** Makes the keys of records that are created without one. */
  get storageKeyFn(): () => string {
    return this.#options.storageKeyFn;
  }

  /** Called with every event of the store. */
  get onEvent(): StoreListener | undefined {
    return this.#options.emit;
  }

  /** The clock of the store, in milliseconds since 1970. */
  get now(): () => number {
    return this.#options.now;
  }

  /** Keeps a Worker alive until work in the background is done, as `ctx.waitUntil` does. */
  get waitUntil(): ((promise: Promise<unknown>) => void) | undefined {
    return this.#options.waitUntil;
  }

  /** Runs the calls that tasks `defer`. */
  get scheduler(): Scheduler | undefined {
    return this.#options.scheduler;
  }

  /** The registered name of the storage. */
  get resultStorageId(): string | undefined {
    return resultStorageIdOf(this.resultStorage);
  }

  /**
   * Returns the result kept under `key`, or runs `compute` and keeps its result. Callers of the same key share one
   * computation. In this context they share one promise and the first caller's options. Other contexts wait for the lock,
   * and read. A hit takes no lock.
   *
   * A problem with a record, the storage or the locks never fails the call: it computes instead, and `onEvent` reports the
   * problem. It rejects with
   *
   * - the error of `compute`, which is kept only for `errorExpiresIn`,
   * - `ComputeTimeoutError` after `computeTimeout`,
   * - `LockTimeoutError` after `acquireTimeout` (absent: no limit),
   * - `SchemaMismatchError` if the value doesn't fit `schema`.
   *
   * A stale result replaces the error while `staleIfError` allows it, as in RFC 5861. Inside the computation of a key, or
   * under its lock, another call for the key would wait for itself. Name the `holder` there. Without it, the call
   * rejects with `InvalidArgumentError` if the runtime knows the work around it.
   *
   * @example
   * ```ts
   * const map = await store.getOrCompute("map/usa", ({ signal }) => draw("usa", signal), { expiresIn: "7d" });
   * ```
   */
  async getOrCompute<T, Output = unknown>(
    key: string,
    compute: (context: Call.ComputeContext) => T | Promise<T>,
    options?: Call.GetOrComputeOptions<NoInfer<T>, Output>,
  ): Promise<ValueOf<T, NoInfer<Output>>> {
    assertFunction(compute, "getOrCompute", key);
    const atHand = this.#answers.recall(key, options);
    if (atHand) return resultOf(atHand) as ValueOf<T, NoInfer<Output>>;
    const given = options ?? {};
    return (await this.#answers.answer(key, keepsAll(compute, key, given), given)).value as ValueOf<T, NoInfer<Output>>;
  }

  /**
   * Like `getOrCompute`, which is the value of this answer.
   *
   * @example
   * ```ts
   * const { value, isStale, createdAt } = await store.answer("map/usa", () => draw("usa"), {
   *   expiresIn: "1h",
   *   staleWhileRevalidate: "1d",
   * });
   * ```
   */
  async answer<T, Output = unknown>(
    key: string,
    compute: (context: Call.ComputeContext) => T | Promise<T>,
    options?: Call.GetOrComputeOptions<NoInfer<T>, Output>,
  ): Promise<Call.ResultAnswer<ValueOf<T, NoInfer<Output>>>> {
    assertFunction(compute, "answer", key);
    const given = options ?? {};
    const answer = await this.#answer(key, keepsAll(compute, key, given), given);
    const { value, source, isStale = false, record } = answer;
    const { createdAt = new Date(this.#options.now()), expiration, tags = [] } = record?.metadata ?? {};
    return {
      value: value as ValueOf<T, NoInfer<Output>>,
      source,
      isStale,
      createdAt,
      ...(expiration && { expiration }),
      tags,
    };
  }

  async #answer(...call: Parameters<StoreInternals["answerWhole"]>): Promise<Answer> {
    const [key, , options] = call;
    const atHand = this.#answers.recall(key, options);
    if (!atHand) return this.#answers.answer(...call);
    return { value: resultOf(atHand), source: "memory", record: atHand };
  }

  /**
   * Reads the record. `undefined` if there is none or it has expired. Waits while another holder has the lock. Rejects
   * with `CorruptRecordError` if it is damaged, with `LockTimeoutError` after `timeout`, and with `SchemaMismatchError`
   * if the result doesn't match `schema`. A record of an unsupported version is returned too: it has metadata, and its
   * `result` throws `UnsupportedRecordError`.
   *
   * Without a `schema` nothing checks that the result is a `T`.
   *
   * @example
   * ```ts
   * const report = await store.read<{ total: number }>("report/2026");
   * const total = report?.result.total;
   * ```
   */
  async read<T = unknown>(key: string, options: Call.ReadOptions<T> = {}): Promise<ResultRecord<T> | undefined> {
    assertStorageKey(key);
    assertOptions("read", options, readOptionNames);
    const { holder, signal, schema, wait = true } = options;
    assertSchema(schema);
    // its holder skips memory: the message about the previous holder's write may still be on its way
    const fresh = holder !== undefined;
    const record = await this.#access.track(key, async (operation) => {
      // read while the lock is checked, since it is rarely held
      const inMemory = fresh ? undefined : this.#access.recall(key);
      const ahead = Promise.resolve(inMemory ?? this.#access.fetch(key, { signal, fresh }));
      ahead.catch(() => {});
      const waited = wait ? await this.#locks.waitForOthers(key, options) : undefined;
      // a lock that was free at the check may have been held at the look
      return (waited ?? !operation.isCurrent) ? this.#access.fetch(key, { ...waited, signal, fresh: true }) : ahead;
    });
    if (!record || !this.#isResult(record.metadata, options.allowExpired)) return undefined;
    return (schema ? record.withResult(await parseResult(record, schema)) : record) as ResultRecord<T>;
  }

  /** Reads each key as `read` does, in as few calls as the storage allows. */
  async readMany<T = unknown>(
    keys: readonly string[],
    options: Call.ReadManyOptions = {},
  ): Promise<(ResultRecord<T> | undefined)[]> {
    assertStorageKeys(keys);
    const waited = await Promise.all(keys.map((key) => this.#locks.waitForOthers(key, options)));
    const found = new Map(keys.map((key, i) => [key, waited[i] ? undefined : this.#access.recall(key)]));
    const missing = [...found.keys()].filter((key) => !found.get(key));
    const fresh = options.holder !== undefined || waited.some(Boolean);
    const fetched = await this.#access.fetchMany(missing, { signal: options.signal, fresh });
    for (const [i, record] of fetched.entries()) found.set(missing[i]!, record);
    return keys.map((key) => {
      const record = found.get(key);
      return record && this.#isResult(record.metadata) ? (record as ResultRecord<T>) : undefined;
    });
  }

  /**
   * Keeps a result as it is at the call. If it rejects, the existing record stays as it is. It rejects with
   *
   * - `LockNotHeldError` while another holder has the lock,
   * - `StaleLockError` if `holder` has lost the lock,
   * - `PreconditionFailedError` if `ifMatch` or `ifNoneMatch` doesn't hold,
   * - `SerializationError`, whose `path` leads to the value that can't be serialized.
   *
   * @example
   * ```ts
   * await store.write("report/2026", { rows: 3 }, { expiresIn: "1h", tags: ["rows"] });
   * ```
   */
  async write<T>(key: string, result: T, options: Call.WriteOptions = {}): Promise<ResultRecord<T>> {
    assertStorageKey(key);
    assertOptions("write", options, writeOptionNames);
    const record = createRecord(this.#options, key, result, this.#recordMetadata(options));
    await this.persistResultRecord(record, options);
    return record;
  }

  /**
   * Writes each entry as `write` does. Tries all of them, then rejects with the first error.
   *
   * @example
   * ```ts
   * await store.writeMany([
   *   { key: "report/2025", result: { rows: 2 } },
   *   { key: "report/2026", result: { rows: 3 }, expiresIn: "1h" },
   * ]);
   * ```
   */
  async writeMany(entries: readonly Call.WriteEntry[]): Promise<ResultRecord[]> {
    return allOrFirstError(entries.map(({ key, result, ...options }) => this.write(key, result, options)));
  }

  /** Creates a record without keeping it. Default for the key: `storageKeyFn()`. */
  createResultRecord<T>(result: T, options: Call.CreateRecordOptions = {}): ResultRecord<T> {
    const key = options.key ?? this.#options.storageKeyFn();
    assertStorageKey(key);
    return createRecord(this.#options, key, result, this.#recordMetadata(options));
  }

  /** Keeps a record as it is at the call. Rejects as `write` does. */
  async persistResultRecord(record: ResultRecord, options: Call.PersistOptions = {}): Promise<void> {
    assertStorageKey(record.metadata.storageKey);
    await this.#changes.write(record, options);
  }

  /** Whether there is an unexpired record with readable metadata. Reads no body if the storage can avoid it. */
  async exists(key: string): Promise<boolean> {
    assertStorageKey(key);
    const { resultStorage: storage } = this.#options;
    try {
      const head = await headStorage(storage, key);
      if (!head || !this.#isResult(head.metadata)) return false;
      return (await storage.judge?.(head.metadata, {})) === undefined;
    } catch (error) {
      if (error instanceof CorruptRecordError || error instanceof UnsupportedRecordError) return false;
      throw error;
    }
  }

  /**
   * Deletes a record. Resolves to whether there was one. A computation that began before keeps nothing afterwards. Rejects
   * with `LockNotHeldError` while somebody has the lock by hand.
   */
  async delete(key: string, options: Call.DeleteOptions = {}): Promise<boolean> {
    assertStorageKey(key);
    assertOptions("delete", options, deleteOptionNames);
    return this.#changes.delete(key, options.holder, options.scope);
  }

  /**
   * Deletes each key as `delete` does, in as few calls as the storage allows. Resolves to whether there was a record, for each
   * key. Deletes none while somebody has a lock by hand; with a `remote`, keys without one are deleted all the same.
   */
  async deleteMany(keys: readonly string[], options: Call.ScopeOptions = {}): Promise<boolean[]> {
    assertStorageKeys(keys);
    assertOptions("deleteMany", options, scopeOptionNames);
    return this.#changes.deleteMany(keys, options.scope);
  }

  /**
   * Says that the data behind results has changed. A result that began to be computed or read before is neither kept nor
   * served as fresh afterwards, in any tab or region. `docs/invalidation.md` says how soon. `target` is a key, an array of
   * keys, `{ prefix }`, `{ tags }` or `"all"`; another one is an `InvalidArgumentError`. Rejects with `LockNotHeldError` for
   * keys while somebody has their lock by hand. Rejects with `ConfigurationError` if the storage can invalidate keys only.
   *
   * @example
   * ```ts
   * await store.invalidate({ prefix: "maps/" });
   * await store.invalidate({ tags: ["roads"] }, { mode: "expire" });
   * ```
   */
  async invalidate(given: InvalidateTarget, options: Call.InvalidateOptions = {}): Promise<void> {
    const target = toTarget(given);
    assertOptions("invalidate", options, invalidateOptionNames);
    assertMode(options.mode);
    await this.#changes.invalidate(target, options);
  }

  /** Whether a record holds a result that still counts. */
  #isResult(metadata: ResultRecordMetadata, allowExpired = false): boolean {
    return !metadata.isError && (allowExpired || !isExpired(metadata, this.#options.now()));
  }

  /**
   * Lists a page of metadata in the order of the keys. Reads no body. Records of errors that were kept have `isError`.
   * Rejects with `ConfigurationError` if the storage can't list.
   *
   * @example
   * ```ts
   * const { records, cursor } = await store.list({ prefix: "maps/", limit: 100 });
   * const next = cursor === undefined ? undefined : await store.list({ prefix: "maps/", limit: 100, cursor });
   * console.log(records.length, next?.records.length);
   * ```
   */
  async list(options: Call.ListOptions = {}): Promise<Call.ListPage> {
    assertOptions("list", options, listOptionNames);
    const { allowExpired, limit = 1_000, scope, ...where } = options;
    if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) {
      throw new InvalidArgumentError(`limit has to be a whole number from 1 to 1,000; got ${limit}`);
    }
    const storage = storageIn(this.#options.resultStorage, scope);
    const page = await listStorage(storage, { ...where, limit });
    const judged = await Promise.all(page.records.map(async (metadata) => storage.judge?.(metadata, {})));
    const time = this.#options.now();
    const isListed = (metadata: ResultRecordMetadata, i: number) =>
      judged[i]?.mode !== "delete" && (allowExpired || (!judged[i] && !isExpired(metadata, time)));
    return { ...page, records: page.records.filter(isListed) };
  }

  /**
   * Waits for the lock on `key`, in order. Resolves to a grant, or to `undefined` after `acquireTimeout`. Without
   * `holdTimeout` it is held until its release or the end of its tab or process. Like the next five methods, it rejects
   * with `ConfigurationError` if the store has no lock manager.
   *
   * @example
   * ```ts
   * await using grant = await store.acquireLock("report", { acquireTimeout: "2s" });
   * if (grant) await store.write("report", 1, { holder: grant.holder });
   * ```
   */
  async acquireLock(key: string, options: Call.StoreLockOptions = {}): Promise<LockGrant | undefined> {
    assertStorageKey(key);
    assertOptions("acquireLock", options, lockOptionNames);
    return this.#locks.acquire(key, options);
  }

  /** Releases the lock. Rejects with `LockNotHeldError` for anyone but the holder. */
  async releaseLock(key: string, { holder }: Call.HolderOptions): Promise<void> {
    assertStorageKey(key);
    await this.#locks.release(key, holder);
  }

  /** Whether anyone holds the lock, in any tab or region. */
  async isLocked(key: string): Promise<boolean> {
    assertStorageKey(key);
    return this.#locks.manager.isLocked(key);
  }

  /** Whether `holder` has the lock, under a lease that has not run out. */
  async isLockHolder(key: string, { holder }: Call.HolderOptions): Promise<boolean> {
    assertStorageKey(key);
    return this.#locks.manager.isLockHolder(key, holder);
  }

  /** Waits until the lock is free. Resolves to true then, and to false after `timeout`. */
  async waitForLock(key: string, options: Call.WaitOptions = {}): Promise<boolean> {
    assertStorageKey(key);
    const times = timesOf(options, "timeout");
    const { manager } = this.#locks;
    if (times.timeout === undefined) await assertNotHeldAround(currentEnclosing(), manager, key);
    return (await manager.waitForLock(key, { ...times, signal: options.signal })) !== undefined;
  }

  /**
   * Runs `work` under the lock and then releases it, even if `work` throws. The store renews the lease (`holdTimeout`,
   * default: 30 s) meanwhile. The signal of the grant aborts if the lease is lost anyway. Rejects with
   * `LockTimeoutError` after `acquireTimeout`, and with the error of `work`.
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
    options: Call.StoreLockOptions = {},
  ): Promise<T> {
    assertStorageKey(key);
    assertFunction(work, "withLock", key);
    assertOptions("withLock", options, lockOptionNames);
    const around = currentEnclosing();
    const hold = await this.#locks.take(key, { ...options, around, mayBeHeld: options.holder !== undefined });
    if (!hold) throw lockTimeout(key, options.acquireTimeout);
    const { holder } = hold.grant;
    return hold.run(() =>
      runEnclosed(around, { manager: this.lockManager, key, holder }, () => {
        options.signal?.throwIfAborted();
        return work(hold.grant);
      }),
    );
  }

  /** `SERIALIZABLE` needs a lock manager and a strongly consistent storage. Throws `ConfigurationError` for an unknown level. */
  supportsIsolationLevel(level: IsolationLevel): boolean {
    return whyUnsupported(level, this.#options) === undefined;
  }

  /** Throws `ConfigurationError` with the reason if `supportsIsolationLevel` returns false. `key`: the record that the error names. */
  assertIsolationLevel(level: IsolationLevel, key?: string): void {
    const reason = whyUnsupported(level, this.#options);
    if (reason !== undefined) throw new ConfigurationError(`This store does not support ${level}: ${reason}`, { key });
  }

  /** Deletes expired records. If the storage exceeds its budget, it also deletes the least recently used ones. */
  async sweep(): Promise<SweepResult> {
    const { resultStorage: storage, now, emit } = this.#options;
    const swept = await sweepStorage(storage, { now: now() });
    emit?.({ type: "sweep", ...swept });
    return swept;
  }

  /**
   * Deletes every record, even under locks. A computation that began before keeps nothing afterwards. With a `remote` it
   * deletes the Worker's records too, unless `scope` is `"local"`. Rejects with `ConfigurationError` if the storage can't list
   * its records.
   */
  async clear(options: Call.ScopeOptions = {}): Promise<void> {
    assertOptions("clear", options, scopeOptionNames);
    await this.#changes.clear(options.scope);
  }

  /** Closes connections and releases locks, including those shared with stores from `withOptions`. */
  async close(): Promise<void> {
    const { resultStorage: storage, lockManager, changes } = this.#options;
    changes?.close();
    this.#access.forget();
    await Promise.all([storage.close?.(), lockManager?.close?.()]);
  }

  #recordMetadata({ tags = [], ...times }: Call.CreateRecordOptions): KeepingMetadata {
    assertTags(tags);
    const expiration = expirationAt(times, this.#options.now());
    return { ...(expiration && { expiration }), ...(tags.length > 0 && { tags: [...tags] }) };
  }
}
