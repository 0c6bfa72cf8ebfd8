import { defaultParts } from "../../core/context/default-parts.ts";
import { ResultStore } from "../../core/store/result-store.ts";
import type { PartialStoreOptions } from "../../core/store/store-options.ts";
import { toMilliseconds, type Duration } from "../../core/support/duration.ts";
import { ConfigurationError } from "../../errors/index.ts";
import type { Remote, StoreParts } from "../../http/remote.ts";
import { createBackend } from "./backend.ts";
import { BackgroundSweep } from "./background-sweep.ts";
import { TabChannel } from "./tab-channel.ts";

export interface CreateResultStoreOptions extends PartialStoreOptions {
  /** Stores of one name share records and locks in all tabs and workers of the origin; `"reprise"` at first. */
  name?: string | undefined;
  /** `"strict"` waits for the disk with every write; `"relaxed"` at first, as the browser itself does. */
  durability?: "relaxed" | "strict" | undefined;
  /** Bytes of records that sweeping leaves; no limit at first but the browser's own. */
  maxBytes?: number | undefined;
  /** How long the database may take to open before memory takes its place; 5 seconds at first. */
  openTimeout?: Duration | undefined;
  /** While the store is written to, expired records and those beyond `maxBytes` are deleted this often; 10 minutes at first. */
  sweepInterval?: Duration | undefined;
  /**
   * A Worker with the HTTP API, for sharing results and locks beyond this browser: `remote({ url, token })`. `delete` and
   * `clear` then delete there too, for everybody: a page that is not to do so gets a token without `"delete"`, or one for a
   * prefix, which can't list all. Tasks can `defer` calls to it, where it registers the same tasks.
   */
  remote?: Remote | undefined;
}

/**
 * A store for browsers: IndexedDB, locks and leases across all tabs and workers of the origin, a channel that
 * drops changed records from other tabs' memory, and sweeping in the background. Opens the database at first use; where
 * the browser refuses one, as private windows may, it keeps results in memory and says so by a `fallback` event.
 * With `remote` the browser shares its results with a Worker and whoever else does: what isn't kept here is read from
 * there, and one computes while all wait. While the Worker can't be reached the store goes on in this browser alone, and
 * says so by an `offline` event.
 * Throws `ConfigurationError` or `InvalidArgumentError` for options that can't be meant.
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
  const { onEvent } = parts;
  const sweep = new BackgroundSweep(() => store.sweep(), toMilliseconds(sweepInterval, "sweepInterval"));
  const local = createBackend({
    name,
    durability,
    maxBytes,
    openTimeout: toMilliseconds(openTimeout, "openTimeout"),
    onEvent,
    onWrite: () => sweep.note(),
    onClose: () => sweep.stop(),
  });
  const { storage, locks, scheduler }: StoreParts = remote ? remote.attach(local, onEvent) : local;
  const store: ResultStore = new ResultStore({
    ...parts,
    resultStorage: parts.resultStorage ?? storage,
    lockManager: parts.lockManager ?? locks,
    scheduler: parts.scheduler ?? scheduler,
    changes: parts.changes ?? new TabChannel(name),
  });
  return store;
}

function assertRemote(remote: unknown): void {
  if (remote === undefined || typeof (remote as Remote | null)?.attach === "function") return;
  throw new ConfigurationError(
    'remote has to carry the code that reaches the Worker: remote: remote({ url, token }), with import { remote } from "reprise"',
  );
}
