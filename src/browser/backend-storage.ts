import type {
  ResultStorage,
  StorageListOptions,
  StorageListPage,
  StorageReadOptions,
  StorageSweepOptions,
  StorageWriteOptions,
  StoredHead,
  StoredRecord,
  SweepResult,
} from "../core/result-storage.ts";
import type { LazyBackend } from "./backend.ts";
import type { BackgroundSweep } from "./background-sweep.ts";

/** The storage of a backend that is opened at first use. */
export class BackendStorage implements ResultStorage {
  readonly type = "indexed-db";
  readonly capabilities = { consistency: "strong", conditionalWrites: true } as const;
  readonly #backend: LazyBackend;
  readonly #sweep: BackgroundSweep;

  constructor(backend: LazyBackend, sweep: BackgroundSweep) {
    this.#backend = backend;
    this.#sweep = sweep;
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
    this.#sweep.note();
    return storage.write(key, bytes, options);
  }

  async delete(key: string): Promise<boolean> {
    const { storage } = await this.#backend.open();
    return storage.delete(key);
  }

  async list(options?: StorageListOptions): Promise<StorageListPage> {
    const { storage } = await this.#backend.open();
    return storage.list(options);
  }

  noteUse(key: string): void {
    const storage = this.#backend.opened?.storage;
    if (storage && "noteUse" in storage) storage.noteUse(key);
  }

  async sweep(options: StorageSweepOptions): Promise<SweepResult> {
    const { storage } = await this.#backend.open();
    return storage.sweep(options);
  }

  async clear(): Promise<void> {
    const { storage } = await this.#backend.open();
    return storage.clear();
  }

  async close(): Promise<void> {
    this.#sweep.stop();
    await this.#backend.closeStorage();
  }
}
