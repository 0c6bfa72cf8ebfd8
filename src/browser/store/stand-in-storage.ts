import { isGone } from "../../core/record/is-expired.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { MemoryStorage } from "../../core/storages/memory-storage.ts";
import type { ResultStorage, StorageWriteOptions } from "../../core/storages/result-storage.ts";
import { allOrFirstError } from "../../core/support/all-or-first-error.ts";
import { StorageQuotaError } from "../../errors/index.ts";
import { nextEtag, toRow } from "../database/record-row.ts";
import type { LateChange } from "../storage/adopt-change.ts";

/** The last write of a key, or without `metadata` its deletion. */
interface Change {
  readonly at: number;
  readonly metadata?: ResultRecordMetadata;
}

export interface MoveOptions {
  readonly database: Required<Pick<ResultStorage, "list" | "sweep">>;
  readonly adopt: (change: LateChange) => Promise<void>;
  /** Called for a record that found no room. */
  readonly onError: (key: string, error: unknown) => void;
}

/** Keeps records in memory while the database can't be opened, and moves them there afterwards. */
export class StandInStorage extends MemoryStorage {
  readonly #changes = new Map<string, Change>();
  readonly #now: () => number;
  #clearedAt: number | undefined;

  /** `now`: milliseconds since 1970. */
  constructor(now: () => number) {
    super();
    this.#now = now;
  }

  /** The etags differ from those of other contexts, since they go into the database. */
  override async write(key: string, bytes: Uint8Array, options: StorageWriteOptions): Promise<{ etag: string }> {
    const { etag } = await super.write(key, bytes, { ...options, etag: options.etag ?? nextEtag() });
    this.#changes.set(key, { at: this.#now(), metadata: { ...options.metadata, etag } });
    return { etag };
  }

  override async delete(key: string): Promise<boolean> {
    this.#changes.set(key, { at: this.#now() });
    return super.delete(key);
  }

  override async clear(): Promise<void> {
    this.#changes.clear();
    this.#clearedAt = this.#now();
    return super.clear();
  }

  /** Drops records that another context has changed since, or all. */
  async forget(keys: Iterable<string> = this.#changes.keys()): Promise<void> {
    for (const key of keys) if (this.#changes.delete(key)) void super.delete(key);
  }

  /**
   * Makes in the database what was done here: writes, deletions and a `clear`. Newer records there stay, and expired ones
   * don't move. Resolves to the keys. Rejects if the database fails; then everything is still here.
   */
  async moveTo({ database, adopt, onError }: MoveOptions): Promise<string[]> {
    if (this.#clearedAt !== undefined) await this.#noteCleared(database, this.#clearedAt);
    const full: string[] = [];
    const keys = [...this.#changes.keys()];
    await allOrFirstError(
      keys.map(async (key) =>
        adopt(await this.#toLateChange(key)).catch((error: unknown) => {
          if (!(error instanceof StorageQuotaError)) throw error;
          full.push(key);
        }),
      ),
    );
    for (const key of full) {
      const change = await this.#toLateChange(key);
      await database.sweep({ now: this.#now(), freeBytes: change.row?.bytes.byteLength });
      await adopt(change).catch((error: unknown) => onError(key, error));
    }
    return keys;
  }

  /** Records of the database that are older than the `clear` count as deleted by it. */
  async #noteCleared(database: MoveOptions["database"], at: number): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await database.list({ cursor });
      for (const { storageKey: key, createdAt } of page.records) {
        if (!this.#changes.has(key) && createdAt.getTime() <= at) this.#changes.set(key, { at });
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  async #toLateChange(key: string): Promise<LateChange> {
    const { at, metadata } = this.#changes.get(key)!;
    const stored = metadata && !isGone(metadata, this.#now()) ? await this.read(key) : undefined;
    return { key, at, row: stored && toRow(key, stored.bytes, metadata!, { etag: stored.etag }) };
  }
}
