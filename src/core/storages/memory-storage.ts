import { PreconditionFailedError, StaleLockError } from "../../errors/index.ts";
import { expireRecord } from "../record/expire-record.ts";
import { covers, type Invalidation, type InvalidationTarget } from "../invalidation/invalidation.ts";
import { isGone } from "../record/is-expired.ts";
import { decodeHead } from "../record/record-format.ts";
import { tryHead } from "../record/try-head.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import { InvalidationLog, invalidated } from "./invalidation-log.ts";
import type * as Contract from "./result-storage.ts";
import { bodyPrefix } from "./split-head.ts";

interface Row extends Contract.StoredRecord {
  /** The fencing token of the last writer. */
  token: number;
  /** The metadata given by the writer, since the bodies of a `SplitStorage` have no heads. */
  metadata: ResultRecordMetadata;
}

/**
 * Keeps records in this context's memory, as bytes: a read never returns the object that was written. Instances share no
 * records, and an instance is gone with its context.
 *
 * @example
 * ```ts
 * const store = new ResultStore({ resultStorage: new MemoryStorage(), serializer: new JsonSerializer() });
 * await store.write("report", { rows: 3 });
 * ```
 */
export class MemoryStorage implements Contract.ResultStorage {
  readonly type = "memory";
  /** Reads see every write, and writes check their conditions. */
  readonly capabilities = { consistency: "strong", conditionalWrites: true } as const;
  readonly #rows = new Map<string, Row>();
  readonly #log = new InvalidationLog();
  #writes = 0;

  async read(key: string, { signal }: Contract.StorageReadOptions = {}): Promise<Contract.StoredRecord | undefined> {
    signal?.throwIfAborted();
    const row = this.#rows.get(key);
    return row && { bytes: row.bytes.slice(), etag: row.etag };
  }

  async head(key: string, { signal }: Contract.StorageReadOptions = {}): Promise<Contract.StoredHead | undefined> {
    signal?.throwIfAborted();
    const row = this.#rows.get(key);
    return row && { metadata: decodeHead(row.bytes, key), etag: row.etag };
  }

  async write(key: string, bytes: Uint8Array, options: Contract.StorageWriteOptions): Promise<{ etag: string }> {
    const { metadata, grant, ifMatch, ifNoneMatch, etag = String(++this.#writes), signal, since } = options;
    signal?.throwIfAborted();
    const row = this.#rows.get(key);
    if ((ifNoneMatch && row) || (ifMatch !== undefined && ifMatch !== row?.etag)) {
      throw new PreconditionFailedError(`The record "${key}" is not the one that the write asked for`, { key });
    }
    if (grant?.signal.aborted || (grant && row && row.token > grant.token)) {
      throw new StaleLockError(`The lock on "${key}" was taken over before this write`, { key });
    }
    if (since !== undefined) this.#assertSince(key, since, metadata);
    // deletes first, so that rows are in the order of their last write
    this.#rows.delete(key);
    this.#rows.set(key, {
      bytes: bytes.slice(),
      etag,
      token: grant?.token ?? row?.token ?? 0,
      metadata: { ...metadata },
    });
    return { etag };
  }

  async begin(key: string, { found, replaces }: Contract.StorageBeginOptions = {}): Promise<string> {
    if (replaces) this.#log.note({ keys: [key] }, "expire", Date.now());
    const etag = found === undefined ? this.#rows.get(key)?.etag : found;
    return `${this.#log.end} ${etag ?? ""}`;
  }

  async invalidate(target: InvalidationTarget, { mode, now }: Contract.StorageInvalidateOptions): Promise<void> {
    const keys = [...this.#rows.keys()].filter((key) => covers(target, key, this.#rows.get(key)!.metadata.tags));
    for (const key of keys) {
      const row = this.#rows.get(key)!;
      const expired = mode === "expire" ? expireRecord(row.bytes, key, now) : undefined;
      if (expired) this.#rows.set(key, { ...row, ...expired, etag: String(++this.#writes) });
      else if (mode === "delete") this.#rows.delete(key);
    }
    this.#log.note(target, mode, now, typeof target === "object" && "tags" in target ? keys : []);
  }

  async lastInvalidation(key: string): Promise<Invalidation | undefined> {
    return this.#log.last(key);
  }

  async delete(key: string): Promise<boolean> {
    this.#log.note({ keys: [key] }, "delete", Date.now());
    return this.#rows.delete(key);
  }

  async list({
    prefix = "",
    cursor = "",
    limit = 1_000,
    signal,
  }: Contract.StorageListOptions = {}): Promise<Contract.StorageListPage> {
    signal?.throwIfAborted();
    const keys = [...this.#rows.keys()].filter((key) => key.startsWith(prefix) && key > cursor).sort();
    const page = keys.slice(0, limit);
    const records = page.flatMap((key) => this.#metadata(key) ?? []);
    return keys.length > limit ? { records, cursor: page.at(-1)! } : { records };
  }

  /** Has no budget of its own: evicts the oldest records, as far as `freeBytes` requires. */
  async sweep({ now, freeBytes = 0, onDelete }: Contract.StorageSweepOptions): Promise<Contract.SweepResult> {
    const swept = { expired: 0, evicted: 0 };
    let freed = 0;
    const remove = (key: string, why: keyof Contract.SweepResult) => {
      freed += this.#rows.get(key)!.bytes.length;
      this.#rows.delete(key);
      swept[why]++;
      onDelete?.(key);
    };
    for (const key of this.#rows.keys()) if (isGone(this.#metadata(key) ?? {}, now)) remove(key, "expired");
    for (const key of this.#rows.keys()) if (freed < freeBytes) remove(key, "evicted");
    return swept;
  }

  async clear(): Promise<void> {
    this.#log.note("all", "delete", Date.now());
    this.#rows.clear();
  }

  #assertSince(key: string, since: string, { tags }: ResultRecordMetadata): void {
    const [end, ...rest] = since.split(" ");
    const etag = rest.join(" ");
    const present = this.#rows.get(key)?.etag;
    const isReplaced = present !== undefined && present !== etag;
    if (isReplaced || this.#log.coversSince(Number(end), key, tags)) throw invalidated(key);
  }

  /** `undefined` if the head can't be read. */
  #metadata(key: string): ResultRecordMetadata | undefined {
    const { bytes, etag, metadata } = this.#rows.get(key)!;
    if (key.startsWith(bodyPrefix)) return { ...metadata, etag };
    const head = tryHead(bytes, key);
    return head && { ...head, etag };
  }
}
