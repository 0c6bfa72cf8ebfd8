import { ConfigurationError, isRepriseError, StorageError, StorageQuotaError } from "../../errors/index.ts";
import { fromText, toText } from "./text-items.ts";

/** A driver of unstorage, by the methods that are used. A storage of `createStorage` or `prefixStorage` has them too. */
export interface UnstorageDriver {
  /** Such as `"redis"`. */
  readonly name?: string | undefined;
  /** Whether there is an item. */
  hasItem(key: string, options: object): boolean | Promise<boolean>;
  /** The text of an item, or `null`. */
  getItem(key: string, options: object): unknown;
  /** The bytes of an item, or `null`. Absent: bytes are kept as a text in base64. */
  getItemRaw?(key: string, options: object): unknown;
  /** Keeps a text. Absent: the driver can only be read. */
  setItem?(key: string, value: string, options: object): unknown;
  /** Keeps bytes. */
  setItemRaw?(key: string, value: Uint8Array, options: object): unknown;
  /** Removes an item. */
  removeItem?(key: string, options: object): unknown;
  /** The keys of all items below `base`. Absent: the storage can't list. */
  getKeys?(base: string, options: object): string[] | Promise<string[]>;
}

type Method = Exclude<keyof UnstorageDriver, "name">;

/** What browsers, file systems and Redis call it if there is no room. */
const fullCodes = new Set<unknown>(["QuotaExceededError", "ENOSPC", "EDQUOT", "OOM"]);

/** The bytes of an item. `undefined` if there is none. */
export async function getBytes(driver: UnstorageDriver, name: string): Promise<Uint8Array | undefined> {
  let value: unknown;
  try {
    value = await ask(driver, hasRawItems(driver) ? "getItemRaw" : "getItem", name, {});
  } catch (error) {
    // some drivers fail where there is nothing, such as "http"
    if (await ask(driver, "hasItem", name, {})) throw error;
  }
  return toBytes(driver, value);
}

/** Keeps the bytes of an item. `ttl`: the seconds after which the driver may drop it. */
export async function setBytes(
  driver: UnstorageDriver,
  name: string,
  bytes: Uint8Array,
  options: { ttl?: number },
): Promise<void> {
  if (!can(driver, "setItem", "setItemRaw")) throw new ConfigurationError(`${describe(driver)} can only be read`);
  if (hasRawItems(driver)) {
    try {
      return await change(driver, "setItemRaw", name, bytes, options);
    } catch (error) {
      // without a Buffer, a storage of createStorage can't make a text of many bytes for its driver
      if (!((error as Error).cause instanceof RangeError && isStorage(driver))) throw error;
    }
  }
  await change(driver, "setItem", name, toText(bytes), options);
}

/** Removes an item. Resolves to whether there was one. */
export async function removeItem(driver: UnstorageDriver, name: string): Promise<boolean> {
  if (!can(driver, "removeItem")) throw new ConfigurationError(`${describe(driver)} can't remove items`);
  const isThere = Boolean(await ask(driver, "hasItem", name, {}));
  try {
    // also if the driver knows of none, which may be wrong
    await change(driver, "removeItem", name, {});
  } catch (error) {
    if (isThere) throw error;
  }
  return isThere;
}

/** The keys of all items. */
export async function getKeys(driver: UnstorageDriver): Promise<string[]> {
  const keys = await ask(driver, "getKeys", "", {});
  if (Array.isArray(keys) && keys.every((key) => typeof key === "string")) return keys;
  throw new StorageError(`${describe(driver)} returned ${kindOf(keys)} for its keys`);
}

/** The start of a sentence. */
export function describe({ name }: UnstorageDriver): string {
  return name === undefined ? "The unstorage driver" : `The unstorage driver "${name}"`;
}

/** The drivers below a storage of `createStorage`, which ignores the methods that they lack. Or the driver itself. */
export function driversOf(driver: UnstorageDriver): UnstorageDriver[] {
  return isStorage(driver) ? driver.getMounts("").map((mount) => mount.driver) : [driver];
}

function isStorage(driver: object): driver is { getMounts(base: string): { driver: UnstorageDriver }[] } {
  return "getMounts" in driver;
}

/** Whether the driver, or one below the storage, has one of the methods and carries it out. */
function can(driver: UnstorageDriver, ...methods: readonly Method[]): boolean {
  return driversOf(driver).some((each) => {
    // the drivers of files ignore changes then
    const { options } = each as { options?: { readOnly?: boolean } };
    return options?.readOnly !== true && methods.some((method) => each[method] !== undefined);
  });
}

function hasRawItems(driver: UnstorageDriver): boolean {
  return driver.getItemRaw !== undefined && (driver.setItemRaw !== undefined || driver.setItem === undefined);
}

/** Calls a method that changes an item. The drivers of files return some errors instead of throwing them. */
async function change(...call: Parameters<typeof ask>): Promise<void> {
  const outcome = await ask(...call);
  if (outcome instanceof Error) throw toStorageError(call[0], outcome);
}

/** Calls a method of the driver. Throws its errors as those of a storage. */
async function ask(driver: UnstorageDriver, method: Method, ...args: readonly unknown[]): Promise<unknown> {
  try {
    return await (driver as Record<Method, (...given: readonly unknown[]) => unknown>)[method](...args);
  } catch (error) {
    throw isRepriseError(error) ? error : toStorageError(driver, error);
  }
}

function toStorageError(driver: UnstorageDriver, cause: unknown): StorageError | StorageQuotaError {
  const { name, code, message = cause } = (cause ?? {}) as { name?: unknown; code?: unknown; message?: unknown };
  const text = `${describe(driver)} failed: ${String(message)}`;
  // Redis begins the message with the code
  const isFull = [name, code, String(message).split(" ", 1)[0]].some((word) => fullCodes.has(word));
  return isFull ? new StorageQuotaError(text, { cause }) : new StorageError(text, { cause });
}

function toBytes(driver: UnstorageDriver, value: unknown): Uint8Array | undefined {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Error) throw toStorageError(driver, value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value === "string") return fromText(value);
  throw new StorageError(`${describe(driver)} returned ${kindOf(value)} for bytes`);
}

function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value);
}
