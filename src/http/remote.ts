import type { StoreListener } from "../core/events/store-event.ts";
import type { InvalidationTarget } from "../core/invalidation/invalidation.ts";
import type { ResultLockManager } from "../core/locks/result-lock-manager.ts";
import type { ResultStorage } from "../core/storages/result-storage.ts";
import type { Scheduler } from "../core/options/scheduler.ts";
import { assertOptions } from "../core/support/assert-options.ts";
import type { Duration } from "../core/support/duration.ts";
import { TieredLockManager } from "../core/tiers/tiered-lock-manager.ts";
import { assertTieredWrites, type TieredWrites } from "../core/tiers/tiered-writes.ts";
import { isRepriseError } from "../errors/index.ts";
import { HttpClient, type HttpSender } from "./requests/http-client.ts";
import { HttpLockManager } from "./http-lock-manager.ts";
import { type HttpOptions, httpOptionNames } from "./requests/http-options.ts";
import { HttpStorage } from "./http-storage.ts";
import { RemoteStorage } from "./remote-storage.ts";
import { HttpTaskScheduler } from "./http-task-scheduler.ts";

export interface RemoteOptions extends HttpOptions {
  /** How long the Worker may stay silent before the browser goes on alone. Default: 5 seconds. */
  timeout?: Duration | undefined;
  /** Whether a write is done once the Worker has stored it, or once this browser has. Default: `"through"`. */
  writes?: TieredWrites | undefined;
}

export const remoteOptionNames = [...httpOptionNames, "writes"] as const;

/** The parts that a store is built from. */
export interface StoreParts {
  readonly storage: ResultStorage;
  readonly locks: ResultLockManager;
  /** Runs deferred calls. */
  readonly scheduler?: Scheduler | undefined;
}

/** The return value of `remote()`: the Worker that a store shares its results with. */
export interface Remote {
  /** Adds the Worker behind the store's local parts. `listener`: returns the store's listener, if it has one now. `onInvalidate`: called with the copies that an invalidation elsewhere has dropped. */
  attach(
    local: StoreParts,
    listener: () => StoreListener | undefined,
    onInvalidate?: (target: InvalidationTarget) => void,
  ): StoreParts;
}

/**
 * Connects a store to a Worker with the HTTP API, as its `remote` option. The store looks for records and takes locks in
 * the browser first. Tasks can `defer` calls to the Worker. Throws `ConfigurationError` for invalid options.
 *
 * @example
 * ```ts
 * const shared = createResultStore({ remote: remote({ url: "https://results.example.com", token: () => fetchToken() }) });
 * ```
 */
export function remote(options: RemoteOptions): Remote {
  assertOptions("remote", options, remoteOptionNames);
  const { writes = "through", timeout = "5s", ...http } = options;
  const client = new HttpClient({ ...http, timeout });
  assertTieredWrites(writes);
  // a browser's own storage and locks are at hand, so a Worker that answers badly must not be worse than none
  const tier: HttpSender = { send: (request, read) => client.send({ hasFallback: true, ...request }, read) };
  return {
    attach({ storage: local, locks }, listener, onInvalidate) {
      const warn = warnOnce();
      const onEvent = tellOnce((event) => (listener() ?? warn)(event));
      return {
        storage: new RemoteStorage({ local, edge: new HttpStorage(tier), writes, onEvent, onInvalidate }),
        locks: new TieredLockManager({ tiers: [locks, new HttpLockManager(tier)], onEvent }),
        scheduler: new HttpTaskScheduler(client),
      };
    },
  };
}

/** Without a listener, a mistake in the set-up would stay unseen. A lost connection is no mistake, and browsers report it. */
function warnOnce(): StoreListener {
  const seen = new Set<string>();
  return (event) => {
    const { error } = event as { error?: { cause?: unknown } };
    const fault = isRepriseError(error?.cause) ? error.cause : error;
    if (!isRepriseError(fault) || fault.code === "STORAGE_UNREACHABLE" || seen.has(fault.code)) return;
    seen.add(fault.code);
    const { console } = globalThis as { console?: Pick<Console, "warn"> };
    console?.warn(`[reprise] The store goes on without the Worker: ${fault.message}`);
  };
}

/** Storage and locks go offline and online together, so only the first one reports the change. */
function tellOnce(listener: StoreListener): StoreListener {
  let isOffline = false;
  return (event) => {
    if (event.type !== "offline" && event.type !== "online") return listener(event);
    if (isOffline === (event.type === "offline")) return;
    isOffline = !isOffline;
    listener({ ...event, from: "http" });
  };
}
