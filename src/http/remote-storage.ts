import type { InvalidationTarget } from "../core/invalidation/invalidation.ts";
import { isExpired } from "../core/record/is-expired.ts";
import type { ResultRecordMetadata } from "../core/record/result-record-metadata.ts";
import { invalidateIn } from "../core/storages/invalidate-in.ts";
import type { ResultStorage } from "../core/storages/result-storage.ts";
import { listStorage } from "../core/storages/storage-fallbacks.ts";
import { TieredStorage, type TieredStorageOptions } from "../core/tiers/tiered-storage.ts";
import { StorageUnreachableError } from "../errors/index.ts";
import type { HttpStorage } from "./http-storage.ts";

export interface RemoteStorageOptions extends Omit<TieredStorageOptions, "tiers"> {
  /** The browser's own storage. */
  readonly local: ResultStorage;
  readonly edge: HttpStorage;
  /** Called with the keys whose copies were dropped because of an invalidation elsewhere. */
  readonly onInvalidate?: ((target: InvalidationTarget) => void) | undefined;
}

/** A browser's own storage before that of a Worker. When an answer tells of invalidations elsewhere, it drops the copies that they cover. */
export class RemoteStorage extends TieredStorage {
  readonly local: ResultStorage;
  readonly #edge: HttpStorage;
  readonly #onInvalidate: (target: InvalidationTarget) => void;
  /** The last invalidation that the copies were compared with. */
  #seen: number | undefined;
  #catchingUp: Promise<void> | undefined;
  /** The changes in progress. */
  #changes = 0;

  constructor({ local, edge, onInvalidate = () => {}, ...options }: RemoteStorageOptions) {
    super({ ...options, tiers: [local, edge] });
    this.local = local;
    this.#edge = edge;
    this.#onInvalidate = onInvalidate;
    edge.onAnswer = () => this.#catchUp();
  }

  /** What happened before a computation began is no reason to refuse its value, so the news of that come first. */
  override async begin(...args: Parameters<TieredStorage["begin"]>): Promise<string> {
    await this.#catchingUp;
    const place = await super.begin(...args);
    if (!this.#catchingUp) return place;
    await this.#catchingUp;
    return super.begin(...args);
  }

  override async invalidate(...args: Parameters<TieredStorage["invalidate"]>): Promise<void> {
    return this.#change(() => super.invalidate(...args));
  }

  override async delete(...args: Parameters<TieredStorage["delete"]>): Promise<boolean> {
    return this.#change(() => super.delete(...args));
  }

  override async clear(): Promise<void> {
    return this.#change(() => super.clear());
  }

  /** A change from here drops its copies by itself. What begins after it must not meet it again. */
  async #change<T>(change: () => Promise<T>): Promise<T> {
    this.#changes++;
    try {
      return await change();
    } finally {
      this.#changes--;
      this.#catchUp();
    }
  }

  #catchUp(): void {
    const { generation } = this.#edge;
    if (this.#changes > 0 || this.#catchingUp || generation === undefined || generation === this.#seen) return;
    const end = (isOver: boolean) => {
      this.#catchingUp = undefined;
      if (!isOver) return;
      this.#seen = generation;
      this.#catchUp();
    };
    this.#catchingUp = this.#dropCovered(generation).then(
      () => end(true),
      // a server that can't tell is not asked again until the next invalidation
      (error: unknown) => end(!(error instanceof StorageUnreachableError)),
    );
  }

  async #dropCovered(latest: number): Promise<void> {
    const since = this.#seen ?? (await this.#oldest(latest));
    if (since >= latest) return;
    await this.#edge.invalidationsSince(since);
    const copies = await allMetadata(this.local);
    const now = Date.now();
    for (const mode of ["delete", "expire"] as const) {
      const keys = copies
        .filter(
          (copy) =>
            this.#edge.judge(copy, { isCopy: true })?.mode === mode && (mode === "delete" || !isExpired(copy, now)),
        )
        .map(({ storageKey }) => storageKey);
      if (keys.length === 0) continue;
      await invalidateIn(this.local, { keys }, { mode, now });
      this.#onInvalidate({ keys });
    }
  }

  /** The oldest generation of the copies. Those without one are from before the first invalidation. */
  async #oldest(latest: number): Promise<number> {
    const copies = await allMetadata(this.local);
    return copies.reduce((least, { generation = 0 }) => Math.min(least, generation), latest);
  }
}

async function allMetadata(storage: ResultStorage): Promise<ResultRecordMetadata[]> {
  const all: ResultRecordMetadata[] = [];
  let cursor: string | undefined;
  do {
    const page = await listStorage(storage, { cursor });
    all.push(...page.records);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}
