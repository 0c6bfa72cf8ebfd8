import { guardListener, type StoreListener } from "../../core/events/store-event.ts";
import { TieredLockManager } from "../../core/tiers/tiered-lock-manager.ts";
import { TieredStorage } from "../../core/tiers/tiered-storage.ts";
import { HttpClient } from "../../http/http-client.ts";
import { HttpLockManager } from "../../http/http-lock-manager.ts";
import { HttpStorage } from "../../http/http-storage.ts";
import { HttpTaskScheduler } from "../../http/http-task-scheduler.ts";
import type { RemoteOptions, StoreParts } from "./remote.ts";

/**
 * A Worker behind what the browser keeps itself: records are read from the browser first, locks are taken in it first.
 * A module of its own, since only stores with `remote` load it.
 */
export function addRemote(
  { storage, locks }: StoreParts,
  options: RemoteOptions,
  listener: StoreListener | undefined,
): StoreParts {
  const client = new HttpClient(options);
  const onEvent = listener && tellOnce(guardListener(listener));
  return {
    storage: new TieredStorage({ tiers: [storage, new HttpStorage(client)], writes: options.writes, onEvent }),
    locks: new TieredLockManager({ tiers: [locks, new HttpLockManager(client)], onEvent }),
    scheduler: new HttpTaskScheduler(client),
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
