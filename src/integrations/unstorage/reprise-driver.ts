import { ConfigurationError } from "../../errors/index.ts";
import type { ResultRecord } from "../../core/record/result-record.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import { assertOptions } from "../../core/support/assert-options.ts";
import { subscribe } from "../../core/watching/subscribe.ts";

/** The options of `repriseDriver`. */
export interface RepriseDriverOptions {
  /** Keeps the items. Its serializer has to keep typed arrays, as the default one does, for items that are set raw. */
  store: ResultStore;
  /** The text that the keys of all items begin with in the store, so that `clear` leaves other records. Default: `"unstorage:"`. */
  base?: string | undefined;
}

/** The metadata of an item. */
export type RepriseItemMeta = {
  /** When it was set. */
  mtime: Date;
  /** Its bytes in the store. */
  size?: number;
  /** When it expires. Absent: never. */
  expires?: Date;
  /** Seconds until it expires. */
  ttl?: number;
};

/** A driver of unstorage over a store. Its methods are those of every driver. */
export interface RepriseDriver {
  /** `"reprise"`. */
  readonly name: string;
  /** The options of `repriseDriver`. */
  readonly options: RepriseDriverOptions;
  /** The store. */
  getInstance(): ResultStore;
  /** Whether there is an item that has not expired. */
  hasItem(key: string): Promise<boolean>;
  /** The text that was set, or `null`. */
  getItem(key: string): Promise<string | null>;
  /** The bytes or other value that was set, or `null`. */
  getItemRaw(key: string): Promise<unknown>;
  /** Keeps a text. `ttl`: seconds until it expires. */
  setItem(key: string, value: string, options?: { ttl?: number | undefined }): Promise<void>;
  /** Keeps bytes, or any value that the store's serializer can keep. `ttl`: seconds until it expires. */
  setItemRaw(key: string, value: unknown, options?: { ttl?: number | undefined }): Promise<void>;
  /** Removes an item, if there is one. */
  removeItem(key: string): Promise<void>;
  /** The metadata of an item, or `null`. */
  getMeta(key: string): Promise<RepriseItemMeta | null>;
  /** The keys of all items, or of those that begin with `prefix`. */
  getKeys(prefix?: string): Promise<string[]>;
  /** Removes all items, or those whose keys begin with `prefix`. */
  clear(prefix?: string): Promise<void>;
  /** Calls `callback` with each change of an item, here and in other tabs. Returns a function that ends this. */
  watch(callback: (event: "update" | "remove", key: string) => void): () => void;
  /** Ends all watches and closes the store. Its next call opens it again. */
  dispose(): Promise<void>;
}

export const repriseDriverOptionNames = ["store", "base"] as const;

/**
 * A driver for `createStorage` of unstorage that keeps its items in a store: in IndexedDB for all tabs, or at the edge. Texts
 * and bytes come back as they were set. `ttl` of an item is in seconds. Tabs hear of each other's changes by `watch`. A key has
 * at most 1,024 bytes of UTF-8, with `base`. Throws `ConfigurationError` for unknown options and without a store.
 *
 * @example
 * ```ts
 * import { createStorage } from "unstorage";
 *
 * const drafts = createStorage({ driver: repriseDriver({ store }) });
 * await drafts.setItem("letters:1", { text: "Dear Ann" }, { ttl: 3_600 });
 * ```
 */
export function repriseDriver(options: RepriseDriverOptions): RepriseDriver {
  assertOptions("repriseDriver", options, repriseDriverOptionNames);
  const { store, base = "unstorage:" } = options;
  if (typeof store?.getOrCompute !== "function") {
    throw new ConfigurationError("repriseDriver needs a store: { store: createResultStore() }");
  }
  const watches = new Set<() => void>();

  // another holder's computation is no reason to wait for a value
  const read = async (key: string) => store.read(base + key, { wait: false });
  const getItem = async (key: string) => ((await read(key))?.result ?? null) as string | null;
  const setItem = async (key: string, value: unknown, { ttl }: { ttl?: number | undefined } = {}) => {
    await store.write(
      base + key,
      value,
      ttl !== undefined && ttl > 0 && ttl < Infinity ? { expiresIn: ttl * 1_000 } : {},
    );
  };
  const forEachPage = async (work: (keys: string[]) => unknown, prefix = "", allowExpired = false) => {
    let cursor: string | undefined;
    do {
      const page = await store.list({ prefix: base + prefix, cursor, allowExpired });
      await work(page.records.map(({ storageKey }) => storageKey));
      cursor = page.cursor;
    } while (cursor !== undefined);
  };

  return {
    name: "reprise",
    options,
    getInstance: () => store,
    hasItem: (key) => store.exists(base + key),
    getItem,
    getItemRaw: getItem,
    setItem,
    setItemRaw: setItem,
    removeItem: async (key) => void (await store.delete(base + key)),
    getMeta: async (key) => metaOf(await read(key), store.now()),
    async getKeys(prefix) {
      const keys: string[] = [];
      await forEachPage((page) => keys.push(...page.map((key) => key.slice(base.length))), prefix);
      return keys;
    },
    clear: (prefix) => forEachPage((keys) => store.deleteMany(keys), prefix, true),
    watch(callback) {
      const unsubscribe = subscribe(store, base === "" ? "all" : { prefix: base }, (change) => {
        // a change of a whole prefix names no keys
        if ("key" in change) callback(change.type === "kept" ? "update" : "remove", change.key.slice(base.length));
      });
      const unwatch = () => {
        unsubscribe();
        watches.delete(unwatch);
      };
      watches.add(unwatch);
      return unwatch;
    },
    async dispose() {
      for (const unwatch of watches) unwatch();
      await store.close();
    },
  };
}

function metaOf(record: ResultRecord | undefined, now: number): RepriseItemMeta | null {
  if (!record) return null;
  const { createdAt, expiration, size } = record.metadata;
  const lifetime = expiration && {
    expires: expiration,
    ttl: Math.max(0, Math.ceil((expiration.getTime() - now) / 1_000)),
  };
  return { mtime: createdAt, ...(size !== undefined && { size }), ...lifetime };
}
