import { guardListener, type StoreListener } from "../../core/events/store-event.ts";
import { LazyLockManager } from "../../core/locks/lazy-lock-manager.ts";
import { LazyStorage } from "../../core/storages/lazy-storage.ts";
import { LazyTaskScheduler } from "../../core/deferred/lazy-task-scheduler.ts";
import type { ResultLockManager } from "../../core/locks/result-lock-manager.ts";
import type { ResultStorage } from "../../core/storages/result-storage.ts";
import type { TaskScheduler } from "../../core/deferred/task-scheduler.ts";
import { assertTieredWrites, type TieredWrites } from "../../core/tiers/tiered-writes.ts";
import { StorageUnreachableError } from "../../errors/index.ts";
import { resolveHttpOptions, type HttpOptions } from "../../http/http-options.ts";

/** The Worker that a browser's store shares its results with. */
export interface RemoteOptions extends HttpOptions {
  /** Whether a write is done once the Worker has it, or once this browser has; `"through"` at first. */
  writes?: TieredWrites | undefined;
}

/** What a store stands on. */
export interface StoreParts {
  readonly storage: ResultStorage;
  readonly locks: ResultLockManager;
  /** Has deferred calls run. */
  readonly scheduler?: TaskScheduler | undefined;
}

/**
 * Puts a Worker behind what the browser keeps itself. What reaches it is loaded at first use, so that a page without
 * `remote` is spared it; where that fails the browser goes on alone. Throws `ConfigurationError` for options that can't be meant.
 */
export function withRemote(local: StoreParts, options: RemoteOptions, listener: StoreListener | undefined): StoreParts {
  resolveHttpOptions(options);
  assertTieredWrites(options.writes ?? "through");
  let opened: StoreParts | undefined;
  let opening: Promise<StoreParts> | undefined;
  const load = async () => {
    try {
      const { addRemote } = await import("./remote-backend.ts");
      opened = addRemote(local, options, listener);
    } catch (error) {
      // offline before its first use, or a service worker, which may not load what it wasn't installed with
      if (listener) guardListener(listener)({ type: "offline", from: "http", error });
      opened = local;
    }
    return opened;
  };
  const open = () => (opening ??= load());
  return {
    storage: new LazyStorage({
      type: "tiered",
      capabilities: local.storage.capabilities,
      open: async () => (opened ?? (await open())).storage,
      opened: () => opened?.storage,
    }),
    locks: new LazyLockManager({
      open: async () => (opened ?? (await open())).locks,
      close: async () => opened?.locks.close?.(),
    }),
    scheduler: new LazyTaskScheduler(async () => {
      const { scheduler } = opened ?? (await open());
      if (scheduler) return scheduler;
      throw new StorageUnreachableError(
        "What reaches the Worker could not be loaded, so nothing can be deferred to it",
      );
    }),
  };
}
