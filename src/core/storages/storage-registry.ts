import { ConfigurationError } from "../../errors/index.ts";
import { isPlainObject } from "../support/is-plain-object.ts";
import type { ResultStorage } from "./result-storage.ts";

/** A storage, or the name under which one was registered. */
export type ResultStorageInput = ResultStorage | string;

/** The ones registered last stand last. */
const storages = new Map<string, ResultStorage>();

const whatStoragesAre = "an object with read, write and delete";

/**
 * Names a storage. The name, such as `"r2/prod"`, is its id: it goes into the records written there, and
 * `readFromMetadata` finds the storage by it. The name is taken over from a storage that had it before.
 * Returns what takes the name away again. Throws `ConfigurationError` for a name that is not `"type/name"`, and for
 * what is no storage.
 *
 * @example
 * ```ts
 * registerStorage("indexed-db/maps", new IndexedDbStorage({ name: "maps" }));
 * const store = createResultStore({ resultStorage: "indexed-db/maps" });
 * ```
 */
export function registerStorage(name: string, storage: ResultStorage): () => void {
  if (typeof name !== "string" || !/^[^/\s]+\/\S+$/.test(name)) {
    throw new ConfigurationError(`A storage is registered under "type/name"; got ${JSON.stringify(name)}`);
  }
  if (!isResultStorage(storage)) {
    throw new ConfigurationError(`What is registered has to be ${whatStoragesAre}; got ${kindOf(storage)}`);
  }
  storages.delete(name);
  storages.set(name, storage);
  return () => {
    if (storages.get(name) === storage) storages.delete(name);
  };
}

/** The storage that `x` is or names. Throws `ConfigurationError`, which lists what is accepted. */
export function resolveResultStorage(x: unknown): ResultStorage {
  const storage = typeof x === "string" ? storages.get(x) : x;
  if (isResultStorage(storage)) return storage;
  const known = [...storages.keys()].map((name) => `"${name}"`).join(", ") || "none";
  throw new ConfigurationError(
    `A storage has to be ${whatStoragesAre}, or a registered name (${known}); got ${typeof x === "string" ? `"${x}"` : kindOf(x)}`,
  );
}

/** Of the names that `storage` is registered under the last one. */
export function resultStorageIdOf(storage: ResultStorage): string | undefined {
  let id: string | undefined;
  for (const [name, registered] of storages) if (registered === storage) id = name;
  return id;
}

/**
 * What kind of storage an input stands for: `"NullStorage"` for one that keeps nothing, `"ResultStorage"` for any other,
 * `"None"` for what is none. Registered names stand for their storages. Looks at plain objects too, such as
 * `{ type: "null" }` of a configuration.
 */
export function resultStorageDiscriminator(x: unknown): "ResultStorage" | "NullStorage" | "None" {
  const meant = typeof x === "string" ? storages.get(x) : x;
  const type = typeOf(meant);
  if (type === "null") return "NullStorage";
  return type !== undefined || isResultStorage(meant) ? "ResultStorage" : "None";
}

/** Many things have a `type`, serializers and files among them. */
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
