import { guardListener, type StoreListener } from "../core/events.ts";
import type { ResultLockManager } from "../core/result-lock-manager.ts";
import type { ResultStorage } from "../core/result-storage.ts";
import { TieredLockManager } from "../core/tiered-lock-manager.ts";
import { TieredStorage } from "../core/tiered-storage.ts";
import { HttpClient } from "../http/http-client.ts";
import { HttpLockManager } from "../http/http-lock-manager.ts";
import type { HttpOptions } from "../http/http-options.ts";
import { HttpStorage } from "../http/http-storage.ts";

/** The Worker that a browser's store shares its results with. */
export interface RemoteOptions extends HttpOptions {
  /** Whether a write is done once the Worker has it, or once this browser has; `"through"` at first. */
  writes?: "through" | "behind" | undefined;
}

interface Tier {
  readonly storage: ResultStorage;
  readonly locks: ResultLockManager;
}

/**
 * Puts a Worker behind what the browser keeps itself: records are read from the browser first, locks are taken in it
 * first. Throws `ConfigurationError` for options that can't be meant.
 */
export function addRemote({ storage, locks }: Tier, options: RemoteOptions, listener: StoreListener | undefined): Tier {
  const client = new HttpClient(options);
  const onEvent = listener && tellOnce(guardListener(listener));
  return {
    storage: new TieredStorage({ tiers: [storage, new HttpStorage(client)], writes: options.writes, onEvent }),
    locks: new TieredLockManager({ tiers: [locks, new HttpLockManager(client)], onEvent }),
  };
}

/** Storage and locks lose and find the same server: whichever does first tells of it. */
function tellOnce(listener: StoreListener): StoreListener {
  let isOffline = false;
  return (event) => {
    if (event.type !== "offline" && event.type !== "online") return listener(event);
    if (isOffline === (event.type === "offline")) return;
    isOffline = !isOffline;
    listener({ ...event, from: "http" });
  };
}
