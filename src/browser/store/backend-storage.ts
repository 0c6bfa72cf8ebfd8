import { LazyStorage } from "../../core/storages/lazy-storage.ts";
import type { StorageWriteOptions } from "../../core/storages/result-storage.ts";
import type { LazyBackend } from "./backend.ts";
import type { BackgroundSweep } from "./background-sweep.ts";

/** The storage of a backend that is opened at first use, swept while it is written to. */
export class BackendStorage extends LazyStorage {
  readonly #backend: LazyBackend;
  readonly #sweep: BackgroundSweep;

  constructor(backend: LazyBackend, sweep: BackgroundSweep) {
    super({
      type: "indexed-db",
      capabilities: { consistency: "strong", conditionalWrites: true },
      open: async () => (await backend.open()).storage,
      opened: () => backend.opened?.storage,
    });
    this.#backend = backend;
    this.#sweep = sweep;
  }

  override async write(key: string, bytes: Uint8Array, options: StorageWriteOptions): Promise<{ etag: string }> {
    this.#sweep.note();
    return super.write(key, bytes, options);
  }

  override async close(): Promise<void> {
    this.#sweep.stop();
    await this.#backend.closeStorage();
  }
}
