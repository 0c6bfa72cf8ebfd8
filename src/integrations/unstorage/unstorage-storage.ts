import { ConfigurationError, StaleLockError } from "../../errors/index.ts";
import type * as Contract from "../../core/storages/result-storage.ts";
import { assertOptions } from "../../core/support/assert-options.ts";
import { raceSignal } from "../../core/concurrency/race-signal.ts";
import { describe, type UnstorageDriver } from "./driver.ts";
import { DriverRecords } from "./driver-records.ts";
import { assertConditions, beginComputation, invalidateRecords } from "./exclusive.ts";
import { toItemName } from "./item-names.ts";
import { clearRecords, listRecords, sweepRecords } from "./record-sets.ts";
import { warnOfLimits } from "./warn-of-limits.ts";

/** The options of `UnstorageStorage`. */
export interface UnstorageStorageOptions {
  /** A driver of unstorage, or a storage of `createStorage` or `prefixStorage`. Whoever made it disposes of it. */
  driver: UnstorageDriver;
  /**
   * `true`: nothing else writes these records, no other process and no other driver object. The storage then checks conditions
   * itself, and invalidates by prefix and tags. `false`: others write too, and you accept the limits. Absent: the same, with a
   * warning that names them.
   */
  exclusive?: boolean | undefined;
  /**
   * `"strong"`: a read of the driver sees every write that settled before it. Default: `"strong"` for the drivers of memory,
   * files, browsers, Redis and R2, `"eventual"` for others.
   */
  consistency?: "strong" | "eventual" | undefined;
}

export const unstorageStorageOptionNames = ["driver", "exclusive", "consistency"] as const;

/** The drivers whose reads see every earlier write. */
const strongDrivers = new Set([
  "memory", "lru-cache", "fs", "fs-lite", "localstorage", "session-storage", "idb-keyval", "redis", "cloudflare-r2-binding",
]); // prettier-ignore

type Optional<Name extends keyof Contract.ResultStorage> = NonNullable<Contract.ResultStorage[Name]>;

/**
 * Keeps records as items of an unstorage driver: in files, Redis and other places. Each record is one item. The driver's
 * lifetimes (`ttl`) are used where it has them. Throws `ConfigurationError` for unknown options, without a driver, and for
 * `exclusive` over a driver that is not `"strong"`. A driver's failure is a `StorageError`.
 *
 * @example
 * ```ts
 * import memoryDriver from "unstorage/drivers/memory";
 *
 * const resultStorage = new UnstorageStorage({ driver: memoryDriver(), exclusive: true });
 * const results = new ResultStore({ resultStorage, serializer: new JsonSerializer() });
 * await results.write("answer", 42);
 * ```
 */
export class UnstorageStorage implements Contract.ResultStorage {
  readonly type = "unstorage";
  readonly capabilities: Contract.ResultStorageCapabilities;
  // present if the driver can list
  readonly list?: Optional<"list">;
  readonly sweep?: Optional<"sweep">;
  readonly clear?: Optional<"clear">;
  // present if it is exclusive
  readonly begin?: Optional<"begin">;
  readonly invalidate?: Optional<"invalidate">;
  readonly lastInvalidation?: Optional<"lastInvalidation">;
  readonly #records: DriverRecords;

  constructor(options: UnstorageStorageOptions) {
    assertOptions("UnstorageStorage", options, unstorageStorageOptionNames);
    const { driver, exclusive = false, consistency = consistencyOf(driver) } = options;
    if (typeof driver?.getItem !== "function") {
      throw new ConfigurationError('UnstorageStorage needs a driver: { driver: fsDriver({ base: "results" }) }');
    }
    if (consistency !== "strong" && consistency !== "eventual") {
      throw new ConfigurationError(`consistency has to be "strong" or "eventual"; got ${JSON.stringify(consistency)}`);
    }
    if (exclusive && consistency !== "strong") {
      throw new ConfigurationError(
        `${describe(driver)} may not see every write at once, as exclusive needs. If it does, add consistency: "strong"`,
      );
    }
    const records = new DriverRecords(driver);
    this.#records = records;
    this.capabilities = { consistency, conditionalWrites: exclusive };
    const canList = warnOfLimits(options);
    if (canList) {
      this.list = (asked = {}) => listRecords(records, asked);
      this.sweep = (asked) => sweepRecords(records, asked);
      this.clear = () => clearRecords(records);
    }
    if (!exclusive) return;
    this.begin = (key, asked = {}) => beginComputation(records, key, asked);
    this.lastInvalidation = async (key) => records.log.last(key);
    if (canList) this.invalidate = (target, asked) => invalidateRecords(records, target, asked);
  }

  async read(key: string, { signal }: Contract.StorageReadOptions = {}): Promise<Contract.StoredRecord | undefined> {
    signal?.throwIfAborted();
    const name = await toItemName(key);
    return raceSignal(
      this.#records.turns.take(name, () => this.#records.get(name)),
      signal,
    );
  }

  /** Rejects with `ConfigurationError` for `ifMatch` and `ifNoneMatch` unless the storage is `exclusive`. */
  async write(key: string, bytes: Uint8Array, options: Contract.StorageWriteOptions): Promise<{ etag: string }> {
    const { signal, metadata, etag } = options;
    signal?.throwIfAborted();
    const name = await toItemName(key);
    const writing = this.#records.turns.take(name, async () => {
      signal?.throwIfAborted();
      await this.#assertMayWrite(key, name, options);
      return { etag: await this.#records.set(name, bytes, metadata, etag) };
    });
    return raceSignal(writing, signal);
  }

  async delete(key: string): Promise<boolean> {
    this.#records.log.note({ keys: [key] }, "delete", Date.now());
    const name = await toItemName(key);
    return this.#records.turns.take(name, () => this.#records.remove(name));
  }

  async #assertMayWrite(key: string, name: string, options: Contract.StorageWriteOptions): Promise<void> {
    const { grant, ifMatch, ifNoneMatch } = options;
    if (grant?.signal.aborted) throw new StaleLockError(`The lock on "${key}" was lost before this write`, { key });
    if (this.capabilities.conditionalWrites) return assertConditions(this.#records, key, name, options);
    if (ifMatch === undefined && !ifNoneMatch) return;
    throw new ConfigurationError(
      "A driver of unstorage has no conditional writes: ifMatch and ifNoneMatch need an UnstorageStorage with exclusive: true",
      { key },
    );
  }
}

function consistencyOf(driver: UnstorageDriver | undefined): "strong" | "eventual" {
  return strongDrivers.has(driver?.name ?? "") ? "strong" : "eventual";
}
