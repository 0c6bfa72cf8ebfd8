import { type ChangeKind, type Invalidation, type InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import { isGone } from "../../core/record/is-expired.ts";
import { MemoryStorage } from "../../core/storages/memory-storage.ts";
import type * as Contract from "../../core/storages/result-storage.ts";
import { allOrFirstError } from "../../core/concurrency/all-or-first-error.ts";
import { StorageQuotaError } from "../../errors/index.ts";
import { nextEtag, toRow } from "../database/record-row.ts";
import { parseBeginning } from "../storage/invalidation-table.ts";
import type { LateWrite } from "../storage/adopt-write.ts";

export interface MoveOptions {
  readonly invalidate: (invalidation: Invalidation) => Promise<void>;
  readonly adopt: (write: LateWrite) => Promise<void>;
  readonly sweep: (options: Contract.StorageSweepOptions) => Promise<unknown>;
  /** Called with each change once the database has all. */
  readonly onMove: (kind: ChangeKind, target: InvalidationTarget) => void;
  /** Called for a record that found no room. */
  readonly onError: (key: string, error: unknown) => void;
}

/** Keeps records in memory while the database can't be opened, and moves them there afterwards. */
export class StandInStorage extends MemoryStorage {
  /** By key: changes from this time on are newer than its last write. */
  readonly #writes = new Map<string, number>();
  readonly #invalidations: Invalidation[] = [];
  readonly #now: () => number;

  /** `now`: milliseconds since 1970. */
  constructor(now: () => number) {
    super();
    this.#now = now;
  }

  /** The etags differ from those of other contexts, since they go into the database. */
  override async write(
    key: string,
    bytes: Uint8Array,
    options: Contract.StorageWriteOptions,
  ): Promise<{ etag: string }> {
    const { since, etag = nextEtag() } = options;
    const written = await super.write(key, bytes, { ...options, etag, since: since?.replace(/@\d+/, "") });
    // of changes in the same millisecond, the write came last, but a computation may have begun first
    this.#writes.set(key, since === undefined ? this.#now() + 1 : parseBeginning(since).time);
    return written;
  }

  /** Adds the time, since the database may be open when the computation ends. See `parseBeginning`. */
  override async begin(key: string, options?: Contract.StorageBeginOptions): Promise<string> {
    const time = this.#now();
    return (await super.begin(key, options)).replace(" ", `@${time} `);
  }

  override async invalidate(target: InvalidationTarget, options: Contract.StorageInvalidateOptions): Promise<void> {
    this.#note(target, options.mode);
    await super.invalidate(target, options);
  }

  override async delete(key: string): Promise<boolean> {
    this.#note({ keys: [key] });
    return super.delete(key);
  }

  override async clear(): Promise<void> {
    this.#note("all");
    await super.clear();
  }

  /** Drops records that another context has changed. Computations that began before are refused. */
  async forget(target: InvalidationTarget): Promise<void> {
    await super.invalidate(target, { mode: "delete", now: this.#now() });
  }

  /**
   * Makes in the database what was done here. Newer records there stay, and those that are gone by now don't move.
   * Rejects if the database fails; then everything is still here.
   */
  async moveTo({ invalidate, adopt, sweep, onMove, onError }: MoveOptions): Promise<void> {
    const invalidations = [...this.#invalidations];
    await allOrFirstError(invalidations.map(invalidate));
    const full: LateWrite[] = [];
    const writes = await this.#lateWrites();
    await allOrFirstError(
      writes.map((write) =>
        adopt(write).catch((error: unknown) => {
          if (!(error instanceof StorageQuotaError)) throw error;
          full.push(write);
        }),
      ),
    );
    for (const write of full) {
      await sweep({ now: this.#now(), freeBytes: write.row?.bytes.byteLength });
      await adopt(write).catch((error: unknown) => onError(write.key, error));
    }
    for (const { target } of invalidations) onMove("invalidated", target);
    if (writes.length > 0) onMove("written", { keys: writes.map(({ key }) => key) });
  }

  #note(target: InvalidationTarget, mode: Invalidation["mode"] = "delete"): void {
    this.#invalidations.push({ target, mode, at: this.#now() });
  }

  async #lateWrites(): Promise<LateWrite[]> {
    const { records } = await this.list({ limit: Infinity });
    const heads = new Map(records.map((metadata) => [metadata.storageKey, metadata]));
    return Promise.all(
      [...this.#writes].map(async ([key, time]) => {
        const metadata = heads.get(key);
        const stored = metadata && !isGone(metadata, this.#now()) ? await this.read(key) : undefined;
        return { key, time, row: stored && toRow(key, stored.bytes, metadata!, { etag: stored.etag }) };
      }),
    );
  }
}
