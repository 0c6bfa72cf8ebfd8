import { CorruptRecordError, UnsupportedRecordError } from "../../errors/index.ts";
import { covers } from "../../core/invalidation/invalidation.ts";
import { isExpired } from "../../core/record/is-expired.ts";
import { maxKeyBytes } from "../../core/record/storage-key.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import { listen } from "../../core/watching/listen.ts";
import { assertOptions } from "../../core/support/assert-options.ts";
import { mapConcurrently } from "../../core/concurrency/map-concurrently.ts";
import { isPersistedQuery, type PersistedQuery, recordKeyOf } from "./persisted-query.ts";
import { hashQueryKey, matchesFilters } from "./query-keys.ts";
import type { PersistableClient, PersistableQuery, PersistedQueryFilters } from "./tanstack-types.ts";

/** Milliseconds, so that a date this far in the future is still a valid one. */
const longestLifetime = 8e15;

/** How many records are read at once. */
const readsAtOnce = 16;

export interface PersistedQueriesOptions {
  readonly store: ResultStore;
  readonly buster: string;
  readonly prefix: string;
  /** Milliseconds. `Infinity`: for ever. */
  readonly maxAge: number;
}

/** The names of `PersistedQueryFilters`. */
export const persistedQueryFilterNames = [
  "queryKey",
  "exact",
] as const satisfies readonly (keyof PersistedQueryFilters)[];

/** The queries that a store keeps. */
export class PersistedQueries {
  readonly #options: PersistedQueriesOptions;

  constructor(options: PersistedQueriesOptions) {
    this.#options = options;
  }

  /** The store of the records. */
  get store(): ResultStore {
    return this.#options.store;
  }

  /** How long a record lasts whose data was fetched at `dataUpdatedAt`, in milliseconds. `undefined`: for ever. */
  lifetimeOf({ dataUpdatedAt }: Pick<PersistedQuery, "dataUpdatedAt">): number | undefined {
    const { maxAge } = this.#options;
    return maxAge < longestLifetime ? dataUpdatedAt + maxAge - Date.now() : undefined;
  }

  keyOf(queryHash: string): string {
    return recordKeyOf(this.#options.prefix, queryHash);
  }

  create({ queryHash, queryKey }: PersistableQuery, data: unknown, dataUpdatedAt: number): PersistedQuery {
    return { queryHash, queryKey, buster: this.#options.buster, data, dataUpdatedAt };
  }

  /** Whether the value of a record may be used. */
  isUsable(value: unknown, key: string): value is PersistedQuery {
    const { buster, prefix, maxAge } = this.#options;
    return (
      isPersistedQuery(value, key, prefix) && value.buster === buster && Date.now() - value.dataUpdatedAt <= maxAge
    );
  }

  async write(query: PersistableQuery): Promise<void> {
    const { data, dataUpdatedAt } = query.state;
    if (data === undefined) return;
    const value = this.create(query, data, dataUpdatedAt);
    await this.store.write(this.keyOf(query.queryHash), value, { expiresIn: this.lifetimeOf(value) });
  }

  /** The data of a query. Deletes the record if it can't be used. */
  async retrieve(queryHash: string): Promise<unknown> {
    const key = this.keyOf(queryHash);
    const read = await this.#read(key);
    if (read !== "unusable") return read?.data;
    await this.#discard([key]);
    return undefined;
  }

  async collectGarbage(): Promise<void> {
    for await (const _ of this.#readAll());
  }

  async restore(client: PersistableClient, filters: PersistedQueryFilters): Promise<void> {
    assertOptions("restoreQueries", filters, persistedQueryFilterNames);
    for await (const persisted of this.#readAll()) {
      const { queryHash, queryKey, data, dataUpdatedAt } = persisted;
      if (!matchesFilters(queryKey, filters)) continue;
      const query = client.getQueryCache().get(queryHash);
      if (query) showIfNewer(query, persisted);
      else client.setQueryData(queryKey, data, { updatedAt: dataUpdatedAt });
    }
  }

  /** Shows in the queries of a client what other contexts keep. Returns a function that ends this. */
  sync(client: PersistableClient): () => void {
    return listen(this.store, (event) => {
      if (event.type !== "change") return;
      const predicate = ({ queryHash }: PersistableQuery) => covers(event.target, this.keyOf(queryHash));
      for (const query of client.getQueryCache().findAll({ predicate })) void this.#update(query);
    });
  }

  async #update(query: PersistableQuery): Promise<void> {
    const read = await this.#read(this.keyOf(query.queryHash)).catch(() => undefined);
    if (read && read !== "unusable") showIfNewer(query, read);
  }

  async remove(filters: PersistedQueryFilters): Promise<void> {
    assertOptions("removeQueries", filters, persistedQueryFilterNames);
    const { queryKey, exact } = filters;
    if (!queryKey) return this.store.invalidate({ prefix: this.keyOf("") });
    const hash = hashQueryKey(queryKey);
    // fetches in progress have no record yet: their keys begin like this, unless a query has a hash function of its own
    const start = hash && this.keyOf(queryKey.length === 0 ? "[" : `${hash.slice(0, -1)},`);
    if (!exact && start && start.length <= maxKeyBytes) await this.store.invalidate({ prefix: start });
    const keys = new Set(hash === undefined ? [] : [this.keyOf(hash)]);
    for await (const { queryHash, queryKey: kept } of this.#readAll())
      if (matchesFilters(kept, filters)) keys.add(this.keyOf(queryHash));
    await this.store.deleteMany([...keys]);
  }

  /** All queries that may be used, as they were at some moment. Deletes the other records. */
  async *#readAll(): AsyncGenerator<PersistedQuery> {
    let cursor: string | undefined;
    do {
      const page = await this.store.list({ prefix: this.keyOf(""), allowExpired: true, limit: 100, cursor });
      const keys = page.records.map(({ storageKey }) => storageKey);
      const read = await mapConcurrently(keys, readsAtOnce, (key) => this.#read(key));
      await this.#discard(keys.filter((_, i) => read[i] === "unusable"));
      for (const each of read) if (each && each !== "unusable") yield each;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  /** `undefined`: there is none, or a later version of the library wrote it. */
  async #read(key: string): Promise<PersistedQuery | "unusable" | undefined> {
    try {
      const record = await this.store.read(key, { wait: false, allowExpired: true });
      if (!record) return undefined;
      const { metadata, result } = record;
      return !isExpired(metadata, this.store.now()) && this.isUsable(result, key) ? result : "unusable";
    } catch (error) {
      if (error instanceof CorruptRecordError) return "unusable";
      if (error instanceof UnsupportedRecordError) return undefined;
      throw error;
    }
  }

  /** Deletes records, except those that a fetch in progress is about to replace. */
  async #discard(keys: readonly string[]): Promise<void> {
    const { lockManager } = this.store;
    const areLocked = await mapConcurrently(keys, readsAtOnce, async (key) => lockManager?.isLocked(key));
    await this.store.deleteMany(keys.filter((_, i) => !areLocked[i]));
  }
}

/** Unlike `setQueryData`, it finds the query whatever hash function that has. */
function showIfNewer(query: PersistableQuery, { data, dataUpdatedAt }: PersistedQuery): void {
  if (dataUpdatedAt > query.state.dataUpdatedAt) query.setData(data, { updatedAt: dataUpdatedAt, manual: true });
}
