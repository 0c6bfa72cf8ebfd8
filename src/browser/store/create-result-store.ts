import { assertRemote, defaultParts } from "../../core/context/default-parts.ts";
import type { InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import { internals } from "../../core/store/store-internals.ts";
import { ResultStore } from "../../core/store/result-store.ts";
import type { PartialStoreOptions } from "../../core/options/store-options.ts";
import { toMilliseconds, type Duration } from "../../core/support/duration.ts";
import type { Remote, StoreParts } from "../../http/remote.ts";
import { createBackend } from "./backend.ts";
import { BackgroundSweep } from "./background-sweep.ts";
import { TabChannel } from "./tab-channel.ts";

export interface CreateResultStoreOptions extends PartialStoreOptions {
  /** Stores with the same name share records and locks in all tabs and workers of the origin. Default: `"reprise"`. */
  name?: string | undefined;
  /** `"strict"` waits for the disk with every write. Default: `"relaxed"`, as in the browser itself. */
  durability?: "relaxed" | "strict" | undefined;
  /** Bytes of records that a sweep leaves. Default: no limit but the browser's own. */
  maxBytes?: number | undefined;
  /** How long opening the database may take before memory stands in for it. Default: 5 seconds. */
  openTimeout?: Duration | undefined;
  /** While the store is written to, it deletes expired records and those beyond `maxBytes` at this interval. Default: 10 minutes. */
  sweepInterval?: Duration | undefined;
  /**
   * A Worker with the HTTP API, for sharing results and locks beyond this browser: `remote({ url, token })`. `delete` and
   * `clear` then delete on the Worker too, for all users. To prevent that, give the page a token without `"delete"`, or a
   * token for a prefix, which can't list all records. Tasks can `defer` calls to a Worker that registers the same tasks.
   */
  remote?: Remote | undefined;
}

/**
 * A store for browsers. It keeps records in IndexedDB. Web Locks and leases reach all tabs and workers of the origin. A
 * channel drops changed records from other tabs' memory, and sweeps run in the background. The store opens the database at
 * first use. Throws `ConfigurationError` or `InvalidArgumentError` for invalid options.
 *
 * If the browser refuses a database, as private windows may, the store keeps results in memory and emits a `fallback` event. It
 * tries again in growing intervals, from a quarter of a second to five minutes. Once the database opens, the store moves the
 * records from memory there, and emits `online`.
 *
 * With `remote` the browser shares its results with a Worker and all its other clients. The store reads missing records
 * from the Worker, and one client computes while all others wait. While the Worker can't be reached, the store works in
 * this browser alone, and emits an `offline` event.
 *
 * @example
 * ```ts
 * const store = createResultStore({ name: "my-app", maxBytes: 100e6 });
 * const map = await store.getOrCompute("map/usa", () => draw("usa"), { expiresIn: "7d" });
 *
 * const shared = createResultStore({ remote: remote({ url: "https://results.example.com", token: () => fetchToken() }) });
 * ```
 */
export function createResultStore(options: CreateResultStoreOptions = {}): ResultStore {
  const parts = defaultParts(options);
  const { name = "reprise", durability, maxBytes, openTimeout = "5s", sweepInterval = "10m", remote } = options;
  assertRemote(remote);
  const { changes = new TabChannel(name) } = parts;
  const sweep = new BackgroundSweep(() => store.sweep(), toMilliseconds(sweepInterval, "sweepInterval"));
  const local = createBackend({
    name,
    durability,
    maxBytes,
    openTimeout: toMilliseconds(openTimeout, "openTimeout"),
    onEvent: (event) => store.onEvent?.(event),
    onWrite: () => sweep.note(),
    onClose: () => sweep.stop(),
    now: parts.now ?? (() => Date.now()),
    onMove: (kind, target) => changes.post(kind, target),
  });
  changes.onChange((_, target) => local.forget(target));
  const onInvalidate = (target: InvalidationTarget) => store[internals].noteInvalidation(target);
  const { storage, locks, scheduler }: StoreParts = remote
    ? remote.attach(local, () => store.onEvent, onInvalidate)
    : local;
  const store: ResultStore = new ResultStore({
    ...parts,
    resultStorage: parts.resultStorage ?? storage,
    lockManager: parts.lockManager ?? locks,
    scheduler: parts.scheduler ?? scheduler,
    changes: changes,
  });
  return store;
}
