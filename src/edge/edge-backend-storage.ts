import type { LockGrant } from "../core/result-lock-manager.ts";
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
} from "../core/result-storage.ts";
import type { LazyBackend } from "./edge-backend.ts";

/** The storage of a backend that is made at first use. */
export class BackendStorage implements ResultStorage {
  readonly type = "edge";
  readonly #backend: LazyBackend;

  constructor(backend: LazyBackend) {
    this.#backend = backend;
  }

  /** Before anything is known, nothing is promised. */
  get capabilities(): ResultStorageCapabilities {
    return this.#backend.opened?.storage.capabilities ?? { consistency: "eventual", conditionalWrites: false };
  }

  async assertUsable(): Promise<void> {
    await this.#backend.open();
  }

  async read(key: string, options?: StorageReadOptions): Promise<StoredRecord | undefined> {
    const { storage } = await this.#backend.open();
    return storage.read(key, options);
  }

  async head(key: string, options?: StorageReadOptions): Promise<StoredHead | undefined> {
    const { storage } = await this.#backend.open();
    return storage.head(key, options);
  }

  async write(key: string, bytes: Uint8Array, options: StorageWriteOptions): Promise<{ etag: string }> {
    const { storage } = await this.#backend.open();
    return storage.write(key, bytes, options);
  }

  async fence(key: string, grant: LockGrant): Promise<void> {
    const { storage } = await this.#backend.open();
    await storage.fence?.(key, grant);
  }

  async delete(key: string, options?: StorageDeleteOptions): Promise<boolean> {
    const { storage } = await this.#backend.open();
    return storage.delete(key, options);
  }

  async deleteMany(keys: readonly string[]): Promise<boolean[]> {
    const { storage } = await this.#backend.open();
    return storage.deleteMany(keys);
  }

  async list(options?: StorageListOptions): Promise<StorageListPage> {
    const { storage } = await this.#backend.open();
    return storage.list(options);
  }

  async sweep(options: StorageSweepOptions): Promise<SweepResult> {
    const { storage } = await this.#backend.open();
    return storage.sweep(options);
  }

  async clear(): Promise<void> {
    const { storage } = await this.#backend.open();
    return storage.clear();
  }
}
