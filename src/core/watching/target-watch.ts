import { type ChangeKind, covers, type InvalidationTarget } from "../invalidation/invalidation.ts";
import { isExpired } from "../record/is-expired.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import type { StorageReadOptions } from "../storages/result-storage.ts";
import { headStorage, listStorage } from "../storages/storage-fallbacks.ts";
import type { ResultStore } from "../store/result-store.ts";
import { ExpirationTimer } from "./expiration-timer.ts";
import { overlap } from "./overlap.ts";

/** A change of one record, or of all records that a target covers. */
export type RecordChange =
  /** `"kept"`: a result was kept or written. `"expired"`: its lifetime is over. `"invalidated"`: it was invalidated or deleted. */
  | { readonly type: "kept" | "expired" | "invalidated"; readonly key: string }
  | { readonly type: "invalidated"; readonly target: InvalidationTarget };

/** Tells of the changes of the records of a target. */
export class TargetWatch {
  readonly #store: ResultStore;
  readonly #target: InvalidationTarget;
  readonly #tell: (change: RecordChange) => void;
  readonly #timer: ExpirationTimer;
  /** The records of the target that it has seen. */
  readonly #known = new Map<string, ResultRecordMetadata>();
  /** Whether it has seen all of them. */
  #isComplete = false;
  /** The latest look for each key that was kept a moment ago. */
  readonly #looks = new Map<string, object>();
  #invalidations = 0;
  #isOver = false;

  constructor(store: ResultStore, target: InvalidationTarget, tell: (change: RecordChange) => void) {
    this.#store = store;
    this.#target = target;
    this.#tell = tell;
    this.#timer = new ExpirationTimer(store.now, () => this.#tellExpired());
  }

  /** Looks which records there are. Those that expired before are not told. */
  async start(): Promise<void> {
    let before: number;
    let records: ResultRecordMetadata[];
    do {
      before = this.#invalidations;
      records = await this.#find().catch(() => []);
    } while (before !== this.#invalidations);
    for (const metadata of records) if (!this.#known.has(metadata.storageKey)) this.#note(metadata);
  }

  stop(): void {
    this.#isOver = true;
    this.#timer.stop();
    this.#looks.clear();
  }

  note(kind: ChangeKind, changed: InvalidationTarget): void {
    const keys = changed !== "all" && "keys" in changed ? changed.keys : undefined;
    if (kind !== "invalidated") {
      for (const key of keys ?? []) if (this.#isByTag || covers(this.#target, key)) void this.#look(key);
      return;
    }
    this.#invalidations++;
    for (const key of keys ?? []) if (this.#meets({ keys: [key] })) this.#tell({ type: "invalidated", key });
    if (!keys && this.#meets(changed)) this.#tell({ type: "invalidated", target: changed });
    for (const [key, { tags }] of this.#known) if (covers(changed, key, tags)) this.#known.delete(key);
    // they may have found a record from before
    for (const key of [...this.#looks.keys()]) void this.#look(key);
  }

  /** Whether it is a result of the target. An error that was kept is none. */
  #isResult({ storageKey, tags, isError }: ResultRecordMetadata): boolean {
    return !isError && covers(this.#target, storageKey, tags);
  }

  get #isByTag(): boolean {
    return this.#target !== "all" && "tags" in this.#target;
  }

  /** Whether an invalidation may cover a record of the target. */
  #meets(changed: InvalidationTarget): boolean {
    const isCovered = ({ storageKey, tags }: ResultRecordMetadata) => covers(changed, storageKey, tags);
    const isUnsure = () => !this.#isComplete || this.#looks.size > 0 || [...this.#known.values()].some(isCovered);
    return overlap(this.#target, changed) ?? isUnsure();
  }

  /** Looks for a record that was kept. The news may be older than the record, or of a write that was refused. */
  async #look(key: string): Promise<void> {
    const look = {};
    this.#looks.set(key, look);
    const found = await this.#findNew(key).catch(() => "unknown" as const);
    if (this.#looks.get(key) !== look) return;
    this.#looks.delete(key);
    if (!found || (found === "unknown" && this.#isByTag)) return;
    if (found !== "unknown") {
      this.#known.delete(key);
      if (!this.#isResult(found)) return;
      this.#note(found);
    }
    this.#tell({ type: "kept", key });
  }

  /** The head of the record, unless it is known. A copy of it may be older. */
  async #findNew(key: string): Promise<ResultRecordMetadata | undefined> {
    return (await this.#head(key)) ?? this.#head(key, { fresh: true });
  }

  async #head(key: string, options?: StorageReadOptions): Promise<ResultRecordMetadata | undefined> {
    const head = await headStorage(this.#store.resultStorage, key, options);
    const isKnown = head?.etag !== undefined && head.etag === this.#known.get(key)?.etag;
    return !head || isKnown ? undefined : { ...head.metadata, etag: head.etag };
  }

  async #find(): Promise<ResultRecordMetadata[]> {
    const target = this.#target;
    if (target !== "all" && "keys" in target) {
      const heads = await Promise.all(target.keys.map((key) => this.#head(key)));
      this.#isComplete = true;
      return heads.filter((head) => head !== undefined).filter((head) => this.#isResult(head));
    }
    const prefix = target !== "all" && "prefix" in target ? target.prefix : undefined;
    const { records, cursor } = await listStorage(this.#store.resultStorage, { prefix, limit: 1_000 });
    this.#isComplete = cursor === undefined;
    return records.filter((metadata) => this.#isResult(metadata));
  }

  #note(metadata: ResultRecordMetadata): void {
    const { expiration, ...rest } = metadata;
    const isOver = isExpired(metadata, this.#store.now());
    this.#known.set(metadata.storageKey, isOver ? rest : metadata);
    if (expiration && !isOver && !this.#isOver) this.#timer.add(expiration.getTime());
  }

  #tellExpired(): void {
    for (const [key, metadata] of this.#known) {
      const isOver = isExpired(metadata, this.#store.now());
      this.#note(metadata);
      if (isOver) this.#tell({ type: "expired", key });
    }
  }
}
