import { ConfigurationError } from "../../errors/index.ts";
import { isPlainObject } from "../support/is-plain-object.ts";
import type { ResultStorage } from "./result-storage.ts";

/** A storage, or the name under which one was registered. */
export type ResultStorageInput = ResultStorage | string;

/** In order of registration. */
const storages = new Map<string, ResultStorage>();

const whatStoragesAre = "an object with read, write and delete";

/**
 * Names a storage. The name, such as `"r2/prod"`, is its id: it goes into the records written there, and `readFromMetadata`
 * finds the storage by it. A storage that had the name before loses it. The function that it returns removes the name.
 * Throws `ConfigurationError` for a name that is not `"type/name"`, and for a value that is no storage.
 *
 * @example
 * ```ts
 * registerStorage("indexed-db/maps", new IndexedDbStorage({ name: "maps" }));
 * const store = createResultStore({ resultStorage: "indexed-db/maps" });
 * ```
 */
export function registerStorage(name: string, storage: ResultStorage): () => void {
  if (typeof name !== "string" || !/^[^/\s]+\/\S+$/.test(name)) {
    throw new ConfigurationError(`A storage is registered under a name such as "r2/maps"; got ${JSON.stringify(name)}`);
  }
  if (!isResultStorage(storage)) {
    throw new ConfigurationError(`registerStorage needs ${whatStoragesAre}; got ${kindOf(storage)}`);
  }
  storages.delete(name);
  storages.set(name, storage);
  return () => {
    if (storages.get(name) === storage) storages.delete(name);
  };
}

/**
 * The storage for a storage or its name. Throws `ConfigurationError`, which lists the accepted values.
 *
 * @example
 * ```ts
 * registerStorage("memory/roads", new MemoryStorage());
 * resolveResultStorage("memory/roads").type; // "memory"
 * ```
 */
export function resolveResultStorage(x: unknown): ResultStorage {
  const storage = typeof x === "string" ? storages.get(x) : x;
  if (isResultStorage(storage)) return storage;
  const known = [...storages.keys()].map((name) => `"${name}"`).join(", ") || "none";
  throw new ConfigurationError(
    typeof x === "string"
      ? `No storage is registered as "${x}"; registered are: ${known}. Call registerStorage("${x}", storage) first`
      : `A storage has to be ${whatStoragesAre}, or a registered name (${known}); got ${kindOf(x)}`,
  );
}

/** The last name under which `storage` was registered. */
export function resultStorageIdOf(storage: ResultStorage): string | undefined {
  let id: string | undefined;
  for (const [name, registered] of storages) if (registered === storage) id = name;
  return id;
}

/**
 * The kind of an input: `"NullStorage"` for a storage that keeps nothing, `"ResultStorage"` for any other storage, `"None"`
 * for other values. A registered name counts as its storage. Plain objects such as `{ type: "null" }` of a configuration are
 * recognised too.
 *
 * @example
 * ```ts
 * resultStorageDiscriminator(new NullStorage()); // "NullStorage"
 * ```
 */
export function resultStorageDiscriminator(x: unknown): "ResultStorage" | "NullStorage" | "None" {
  const meant = typeof x === "string" ? storages.get(x) : x;
  const type = typeOf(meant);
  if (type === "null") return "NullStorage";
  return type !== undefined || isResultStorage(meant) ? "ResultStorage" : "None";
}

/** The `type` of a storage. Other objects, such as serializers and files, have a `type` too. */
function typeOf(x: unknown): string | undefined {
  if (!isResultStorage(x) && !isPlainObject(x)) return undefined;
  const { type } = x as { type?: unknown };
  return typeof type === "string" && type !== "" ? type : undefined;
}

function isResultStorage(x: unknown): x is ResultStorage {
  const { read, write, delete: remove } = (x ?? {}) as Partial<ResultStorage>;
  return [read, write, remove].every((method) => typeof method === "function");
}

function kindOf(x: unknown): string {
  return x === null ? "null" : typeof x;
}
