import { ConfigurationError, isRepriseError, StorageError, StorageQuotaError } from "../../errors/index.ts";

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

/** A text that stands for bytes in a driver without raw items, as unstorage itself writes it. */
const base64Lead = "base64:";
/** What browsers, file systems and Redis call it if there is no room. */
const fullCodes = new Set<unknown>(["QuotaExceededError", "ENOSPC", "EDQUOT", "OOM"]);
/** As many arguments as every engine accepts. */
const chunkSize = 0x2000;

/** The bytes of an item. `undefined` if there is none. */
export async function getBytes(driver: UnstorageDriver, name: string): Promise<Uint8Array | undefined> {
  return call(driver, async () => toBytes(await getValue(driver, name)));
}

async function getValue(driver: UnstorageDriver, name: string): Promise<unknown> {
  try {
    return await (hasRawItems(driver) ? driver.getItemRaw!(name, {}) : driver.getItem(name, {}));
  } catch (error) {
    // some drivers fail where there is nothing, such as "http"
    if (await driver.hasItem(name, {})) throw error;
    return undefined;
  }
}

/** Keeps the bytes of an item. `ttl`: the seconds after which the driver may drop it. */
export async function setBytes(
  driver: UnstorageDriver,
  name: string,
  bytes: Uint8Array,
  options: { ttl?: number },
): Promise<void> {
  if (isReadOnly(driver)) throw new ConfigurationError(`${describe(driver)} can only be read`);
  const setText = async () => driver.setItem!(name, base64Lead + toBase64(bytes), options);
  await call(driver, async () => {
    if (!hasRawItems(driver)) return setText();
    try {
      return await driver.setItemRaw!(name, bytes, options);
    } catch (error) {
      // without a Buffer, a storage of createStorage can't make a text of many bytes for its driver
      if (!(error instanceof RangeError && "getMount" in driver)) throw error;
      return setText();
    }
  });
}

/** Removes an item. Resolves to whether there was one. */
export async function removeItem(driver: UnstorageDriver, name: string): Promise<boolean> {
  if (!driver.removeItem) throw new ConfigurationError(`${describe(driver)} can't remove items`);
  return call(driver, async () => {
    const isThere = await driver.hasItem(name, {});
    const outcome = isThere ? await driver.removeItem!(name, {}) : undefined;
    if (outcome instanceof Error) throw outcome;
    return isThere;
  });
}

/** The keys of all items. */
export async function getKeys(driver: UnstorageDriver): Promise<string[]> {
  return call(driver, async () => driver.getKeys!("", {}));
}

/** The start of a sentence. */
export function describe({ name }: UnstorageDriver): string {
  return name === undefined ? "The unstorage driver" : `The unstorage driver "${name}"`;
}

function isReadOnly(driver: UnstorageDriver): boolean {
  // the drivers of files ignore a write then
  const { options } = driver as { options?: { readOnly?: boolean } };
  return options?.readOnly === true || !(driver.setItemRaw ?? driver.setItem);
}

function hasRawItems(driver: UnstorageDriver): boolean {
  return driver.getItemRaw !== undefined && (driver.setItemRaw !== undefined || driver.setItem === undefined);
}

async function call<T>(driver: UnstorageDriver, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isRepriseError(error)) throw error;
    const { name, code, message } = error as { name?: unknown; code?: unknown; message?: unknown };
    const text = `${describe(driver)} failed: ${String(message ?? error)}`;
    // Redis begins the message with the code
    const isFull = [name, code, String(message).split(" ", 1)[0]].some((word) => fullCodes.has(word));
    throw isFull ? new StorageQuotaError(text, { cause: error }) : new StorageError(text, { cause: error });
  }
}

/** Throws an error that the driver returned: those of files do, instead of throwing it. */
function toBytes(value: unknown): Uint8Array | undefined {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Error) throw value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value === "string") return fromText(value);
  throw new TypeError(`it returned ${Object.prototype.toString.call(value)} for bytes`);
}

/** A text of another writer is no record, and its bytes show that. */
function fromText(text: string): Uint8Array {
  try {
    if (text.startsWith(base64Lead)) return fromBase64(text.slice(base64Lead.length));
  } catch {
    // no base64
  }
  return new TextEncoder().encode(text);
}

function fromBase64(text: string): Uint8Array {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

function toBase64(bytes: Uint8Array): string {
  let letters = "";
  for (let start = 0; start < bytes.length; start += chunkSize) {
    // much faster than a spread
    letters += String.fromCharCode.apply(null, bytes.subarray(start, start + chunkSize) as never);
  }
  return btoa(letters);
}
