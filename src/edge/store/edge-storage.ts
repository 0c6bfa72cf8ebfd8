import type { Duration } from "../../core/support/duration.ts";
import type { StoreListener } from "../../core/events/store-event.ts";
import type { ResultStorage } from "../../core/storages/result-storage.ts";
import { TieredStorage } from "../../core/tiers/tiered-storage.ts";
import { ConfigurationError } from "../../errors/index.ts";
import type { KvBinding, R2Binding } from "../bindings/bindings.ts";
import { waitUntilInRequest } from "../bindings/platform.ts";
import { KvStorage } from "../kv/kv-storage.ts";
import { R2Storage } from "../r2/r2-storage.ts";

export interface EdgeStorageOptions {
  /** A namespace for copies. Without `r2` it keeps the records, eventually consistent. */
  kv?: KvBinding | undefined;
  /** A bucket for the records. */
  r2?: R2Binding | undefined;
  /** Records with more bytes are not copied to KV. Default: 1 MiB. */
  maxCopyBytes?: number | undefined;
  /** The longest life of a copy in KV, at least a minute. Default: an hour. */
  copyTtl?: Duration | undefined;
  /** Keeps the Worker alive while copies are made. Default: the request's own `waitUntil`. */
  waitUntil?: ((promise: Promise<unknown>) => void) | undefined;
  /** Called with an event for each copy that could not be made. */
  onEvent?: StoreListener | undefined;
}

/**
 * Keeps the records of a Worker: R2 holds the truth, KV fast copies of short records. With one of the two bindings, it uses
 * that one alone. Throws `ConfigurationError` without any.
 *
 * @example
 * ```ts
 * const storage = new EdgeStorage({ kv: env.RESULTS_KV, r2: env.RESULTS_R2 });
 * const store = createResultStore({ resultStorage: storage });
 * ```
 */
export class EdgeStorage extends TieredStorage {
  override readonly type = "edge";

  constructor(options: EdgeStorageOptions) {
    const { kv, r2, maxCopyBytes = 2 ** 20, copyTtl = "1h", waitUntil = waitUntilInRequest, onEvent } = options;
    const tiers: ResultStorage[] = [];
    if (kv) tiers.push(new KvStorage({ namespace: kv, copyTtl }));
    if (r2) tiers.push(new R2Storage({ bucket: r2 }));
    if (tiers.length === 0) {
      throw new ConfigurationError(
        'EdgeStorage needs a binding: kv, r2 or both. In wrangler.toml: [[kv_namespaces]] binding = "RESULTS_KV", [[r2_buckets]] binding = "RESULTS_R2"',
      );
    }
    super({ tiers, maxCopyBytes, waitUntil, onEvent });
  }
}
