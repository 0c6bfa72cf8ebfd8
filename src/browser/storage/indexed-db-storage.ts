import { promisifyRequest } from "idb-keyval";
import type * as Contract from "../../core/storages/result-storage.ts";
import type { Invalidation, InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import { InvalidArgumentError } from "../../errors/index.ts";
import { clearRecords, deleteRecords, invalidateRecords } from "./invalidate-records.ts";
import { findInvalidation, formatBeginning, lastPlace, noteInvalidation } from "./invalidation-table.ts";
import { findHead, findHeads } from "./record-heads.ts";
import { leasePlaceOf } from "../database/lease-row.ts";
import { toBytes, toMetadata, toRow, type RecordRow } from "../database/record-row.ts";
import { ResultDatabase, scopes } from "../database/result-database.ts";
import { sweepRecords } from "./sweep-records.ts";
import { UseLog } from "./use-log.ts";
import { toStorageError } from "../database/database-error.ts";
import { checkWrite, inTurn, writeIf } from "./write-guard.ts";

/** The options of `IndexedDbStorage`. */
export interface IndexedDbStorageOptions {
  /** The name of the database. Storages with the same name share its records. Default: `"reprise"`. */
  name?: string | undefined;
  /** `"strict"` waits for the disk with every write: a power cut loses nothing, and single writes take three times as long. */
  durability?: "relaxed" | "strict" | undefined;
  /** Bytes of records that a sweep leaves. Default: no limit. */
  maxBytes?: number | undefined;
  /** Milliseconds that opening the database may take. Default: 5,000. */
  openTimeout?: number | undefined;
}

/**
 * Keeps records in the browser's IndexedDB (https://w3c.github.io/IndexedDB/), across reloads and for all tabs of the origin. It opens the database at first
 * use, batches concurrent operations into one transaction, and lists and sweeps without reading bodies.
 *
 * @example
 * ```ts
 * const storage = new IndexedDbStorage({ name: "my-app", maxBytes: 50e6 });
 * const store = new ResultStore({ resultStorage: storage, serializer: new JsonSerializer() });
 * ```
 */
export class IndexedDbStorage implements Contract.ResultStorage {
  readonly type = "indexed-db";
  readonly capabilities = { consistency: "strong", conditionalWrites: true } as const;
  /** The name of the database. */
  readonly name: string;
  readonly leasePlace: string;
  readonly #database: ResultDatabase;
  readonly #uses: UseLog;
  readonly #durability: "relaxed" | "strict";
  readonly #maxBytes: number;

  constructor({
    name = "reprise",
    durability = "relaxed",
    maxBytes = Infinity,
    openTimeout,
  }: IndexedDbStorageOptions = {}) {
    if (!(typeof maxBytes === "number" && maxBytes >= 0)) {
      throw new InvalidArgumentError(`maxBytes has to be a number of bytes, 0 or more; got ${String(maxBytes)}`);
    }
    this.name = name;
    this.leasePlace = leasePlaceOf(name);
    this.#database = ResultDatabase.open(name, { openTimeout });
    this.#uses = new UseLog(this.#database);
    this.#durability = durability;
    this.#maxBytes = maxBytes;
  }

  async read(key: string, { signal }: Contract.StorageReadOptions = {}): Promise<Contract.StoredRecord | undefined> {
    const row = await this.#database.run(
      scopes.readRecords,
      (transaction) => promisifyRequest<RecordRow | undefined>(transaction.objectStore("records").get(key)),
      { signal, key },
    );
    if (!row) return undefined;
    this.#uses.note(key);
    return { bytes: toBytes(row), etag: typeof row.etag === "string" ? row.etag : "" };
  }

  async head(key: string, { signal }: Contract.StorageReadOptions = {}): Promise<Contract.StoredHead | undefined> {
    const head = await this.#database.run(scopes.readRecords, (transaction) => findHead(transaction, key), {
      signal,
      key,
    });
    return head && { metadata: toMetadata(head), etag: head.etag };
  }

  async write(key: string, bytes: Uint8Array, options: Contract.StorageWriteOptions): Promise<{ etag: string }> {
    const { metadata, grant, ifMatch, ifNoneMatch, since, unlessHeld, etag, signal } = options;
    const token = grant?.token ?? metadata.token;
    const row = toRow(key, bytes, metadata, { token, etag });
    const { tags } = row;
    const leaseIsHere = grant?.leasePlace === this.leasePlace;
    let isRepeat = false;
    const write = async (transaction: IDBTransaction, isCareful: boolean) => {
      const conditions = { grant, ifMatch, ifNoneMatch, leaseIsHere, since, tags, unlessHeld };
      const checking = checkWrite(transaction, key, conditions);
      const isKept = isRepeat && findHead(transaction, key).then((head) => head?.etag === row.etag);
      isRepeat = true;
      // a first try may have been kept although its answer was lost with the connection
      if (!(await isKept)) await writeIf(checking, () => put(transaction), isCareful);
    };
    const put = (transaction: IDBTransaction) => {
      try {
        transaction.objectStore("records").put(row, key);
      } catch (error) {
        // WebKit's for detached memory
        throw error instanceof TypeError ? toStorageError(error, this.name, key) : error;
      }
    };
    await this.#database.run(
      scopes.writeRecords,
      (transaction, isCareful) => inTurn(transaction, key, () => write(transaction, isCareful)),
      { signal, key, durability: this.#durability },
    );
    return { etag: row.etag };
  }

  begin(key: string, { found, replaces, signal }: Contract.StorageBeginOptions = {}): Promise<string> {
    const begin = async (transaction: IDBTransaction) => {
      const [place, head] = await Promise.all([
        replaces
          ? noteInvalidation(transaction, { target: { keys: [key] }, mode: "expire", at: Date.now() })
          : lastPlace(transaction),
        found === undefined ? findHead(transaction, key) : undefined,
      ]);
      return formatBeginning(place, found ?? head?.etag);
    };
    return this.#database.run(
      replaces ? scopes.writeRecords : scopes.readInvalidations,
      (transaction) => (replaces ? inTurn(transaction, key, () => begin(transaction)) : begin(transaction)),
      { signal, key, durability: this.#durability },
    );
  }

  async invalidate(target: InvalidationTarget, { mode, now }: Contract.StorageInvalidateOptions): Promise<void> {
    if (mode === "expire" || (target !== "all" && !("keys" in target))) {
      await invalidateRecords(this.#database, { target, mode, at: now }, { durability: this.#durability });
    } else await (target === "all" ? this.clear() : this.deleteMany(target.keys));
  }

  lastInvalidation(key: string): Promise<Invalidation | undefined> {
    return this.#database.run(scopes.readInvalidations, (transaction) => findInvalidation(transaction, key), { key });
  }

  async delete(key: string): Promise<boolean> {
    return (await this.deleteMany([key]))[0]!;
  }

  deleteMany(keys: readonly string[]): Promise<boolean[]> {
    for (const key of keys) this.#uses.forget(key);
    return deleteRecords(this.#database, keys, { durability: this.#durability });
  }

  async list({
    prefix,
    cursor,
    limit = 1_000,
    signal,
  }: Contract.StorageListOptions = {}): Promise<Contract.StorageListPage> {
    const heads = await this.#database.run(
      scopes.walkRecords,
      (transaction) => findHeads(transaction, { prefix, after: cursor }, limit + 1),
      { signal },
    );
    const records = heads.slice(0, limit).map(toMetadata);
    const last = records.at(-1);
    return heads.length > limit && last ? { records, cursor: last.storageKey } : { records };
  }

  readMany(
    keys: readonly string[],
    options?: Contract.StorageReadOptions,
  ): Promise<(Contract.StoredRecord | undefined)[]> {
    return Promise.all(keys.map((key) => this.read(key, options)));
  }

  async sweep(options: Contract.StorageSweepOptions): Promise<Contract.SweepResult> {
    // written after the sweep, since a full disk accepts nothing before the sweep has made room
    const result = await sweepRecords(this.#database, options, this.#maxBytes, this.#uses.pending);
    await this.#uses.flush();
    return result;
  }

  noteUse(key: string): void {
    this.#uses.note(key);
  }

  async clear(): Promise<void> {
    await clearRecords(this.#database, { durability: this.#durability });
  }

  /** Stores the times of last use and closes the connection. The next call opens it again. */
  async close(): Promise<void> {
    await this.#uses.flush();
    await this.#database.close();
  }
}
