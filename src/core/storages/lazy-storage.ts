import type { LockGrant } from "../locks/result-lock-manager.ts";
import type {
  ResultStorage,
  ResultStorageCapabilities,
  StorageDeleteOptions,
  StorageListOptions,
  StorageListPage,
  StorageReadOptions,
  StorageSweepOptions,
  StorageWriteOptions,
  StoredHead,
  StoredRecord,
  SweepResult,
} from "./result-storage.ts";
import { clearStorage, headStorage, listStorage, sweepStorage } from "./storage-fallbacks.ts";

export interface LazyStorageOptions {
  readonly type: string;
  /** What is said as long as nothing is opened. */
  readonly capabilities: ResultStorageCapabilities;
  /** Gives the storage; asked for each call. */
  readonly open: () => Promise<ResultStorage>;
  /** What `open` gave before, at once. */
  readonly opened: () => ResultStorage | undefined;
}

/** A storage that is known only at its first use. */
export class LazyStorage implements ResultStorage {
  readonly type: string;
  readonly #options: LazyStorageOptions;

  constructor(options: LazyStorageOptions) {
    this.type = options.type;
    this.#options = options;
  }

  get capabilities(): ResultStorageCapabilities {
    return (this.#options.opened() ?? this.#options).capabilities;
  }

  async assertUsable(): Promise<void> {
    const storage = await this.#options.open();
    await storage.assertUsable?.();
  }

  async read(key: string, options?: StorageReadOptions): Promise<StoredRecord | undefined> {
    const storage = await this.#options.open();
    return storage.read(key, options);
  }

  async head(key: string, options?: StorageReadOptions): Promise<StoredHead | undefined> {
    return headStorage(await this.#options.open(), key, options);
  }

  async write(key: string, bytes: Uint8Array, options: StorageWriteOptions): Promise<{ etag: string }> {
    const storage = await this.#options.open();
    return storage.write(key, bytes, options);
  }

  async fence(key: string, grant: LockGrant): Promise<void> {
    const storage = await this.#options.open();
    await storage.fence?.(key, grant);
  }

  async delete(key: string, options?: StorageDeleteOptions): Promise<boolean> {
    const storage = await this.#options.open();
    return storage.delete(key, options);
  }

  async list(options: StorageListOptions = {}): Promise<StorageListPage> {
    return listStorage(await this.#options.open(), options);
  }

  noteUse(key: string): void {
    this.#options.opened()?.noteUse?.(key);
  }

  async sweep(options: StorageSweepOptions): Promise<SweepResult> {
    return sweepStorage(await this.#options.open(), options);
  }

  async clear(): Promise<void> {
    await clearStorage(await this.#options.open());
  }

  async close(): Promise<void> {
    await this.#options.opened()?.close?.();
  }
}
