import { ConfigurationError } from "../errors/index.ts";
import type { ResultStorage } from "./result-storage.ts";

/** A storage, or the name under which one was registered. */
export type ResultStorageInput = ResultStorage | string;

const storages = new Map<string, ResultStorage>();
const names = new WeakMap<ResultStorage, string>();

/**
 * Names a storage. The name, such as `"r2/prod"`, is its id: it goes into the records written there, and
 * `ResultStore.fromMetadata` finds the storage by it. The name is taken over from a storage that had it before.
 * Returns what takes the name away again. Throws `ConfigurationError` for a name that is not `"type/name"`.
 *
 * @example
 * ```ts
 * registerStorage("indexed-db/maps", new IndexedDbStorage({ name: "maps" }));
 * const store = new ResultStore({ resultStorage: "indexed-db/maps" });
 * ```
 */
export function registerStorage(name: string, storage: ResultStorage): () => void {
  if (!/^[^/\s]+\/\S+$/.test(name)) {
    throw new ConfigurationError(`A storage is registered under "type/name"; got ${JSON.stringify(name)}`);
  }
  const before = storages.get(name);
  if (before && names.get(before) === name) names.delete(before);
  storages.set(name, storage);
  names.set(storage, name);
  return () => {
    if (storages.get(name) === storage) storages.delete(name);
    if (names.get(storage) === name) names.delete(storage);
  };
}

/** The storage that `x` is or names. Throws `ConfigurationError`, which lists what is accepted. */
export function resolveResultStorage(x: unknown): ResultStorage {
  if (typeof x === "string") {
    const storage = storages.get(x);
    if (storage) return storage;
  } else if (isResultStorage(x)) {
    return x;
  }
  const known = [...storages.keys()].map((name) => `"${name}"`).join(", ") || "none";
  throw new ConfigurationError(
    `A storage has to be an object with read, write and delete, or a registered name (${known}); got ${typeof x === "string" ? `"${x}"` : typeof x}`,
  );
}

/** The name under which `storage` was registered last. */
export function resultStorageIdOf(storage: ResultStorage): string | undefined {
  return names.get(storage);
}

/**
 * What kind of storage an input stands for: `"NullStorage"` for one that keeps nothing, `"ResultStorage"` for any other and for
 * registered names, `"None"` for what is none. Looks at plain objects too, such as `{ type: "null" }` of a configuration.
 */
export function resultStorageDiscriminator(x: unknown): "ResultStorage" | "NullStorage" | "None" {
  const type = typeof x === "string" ? x.split("/")[0] : (x as Partial<ResultStorage> | null | undefined)?.type;
  if (typeof type !== "string" || type === "") return "None";
  return type === "null" ? "NullStorage" : "ResultStorage";
}

function isResultStorage(x: unknown): x is ResultStorage {
  const { read, write, delete: remove } = (x ?? {}) as Partial<ResultStorage>;
  return [read, write, remove].every((method) => typeof method === "function");
}
