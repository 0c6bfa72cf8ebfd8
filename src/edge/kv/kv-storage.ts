import { toMilliseconds, type Duration } from "../../core/support/duration.ts";
import { mapConcurrently } from "../../core/concurrency/map-concurrently.ts";
import { decodeHead } from "../../core/record/record-format.ts";
import { tryHead } from "../../core/record/try-head.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import type * as Contract from "../../core/storages/result-storage.ts";
import { later, settleWithin } from "../../core/concurrency/settle-within.ts";
import { ConfigurationError, CorruptRecordError, StaleLockError } from "../../errors/index.ts";
import { callBinding, concurrentCalls } from "../bindings/binding-calls.ts";
import type { KvBinding, KvValue } from "../bindings/bindings.ts";
import { isHashed, toKvKey } from "./kv-keys.ts";
import { listKeys, listNames, type KvName } from "./kv-lists.ts";
import { etagOf, isAtLeast, metadataOf, newEtag, notesOf, toNotes } from "./kv-notes.ts";

/** The options of `KvStorage`. */
export interface KvStorageOptions {
  /** The binding of a namespace that contains records only. */
  namespace: KvBinding;
  /** The longest life of a copy of another storage's record, at least a minute. Absent: as long as the record. */
  copyTtl?: Duration | undefined;
  /** How long a read waits until a write that is known to be committed is visible here. Default: 90 seconds. */
  arrivalTimeout?: Duration | undefined;
}

/** The shortest lifetime that KV accepts, in seconds. */
const minTtl = 60;
/** The longest lifetime in seconds, 68 years. Longer ones are stored without a lifetime and expire by the record's own date. */
const maxTtl = 2 ** 31 - 1;

/**
 * Keeps records in a Workers KV namespace. Reads are fast everywhere, but a write may take a minute to be visible elsewhere.
 * KV has no conditional writes and can't refuse late writers. It accepts one write per second for a key; further writes are
 * retried with backoff. Throws `ConfigurationError` without a namespace.
 *
 * @example
 * ```ts
 * const store = createResultStore({ resultStorage: new KvStorage({ namespace: env.RESULTS_KV }) });
 * ```
 */
export class KvStorage implements Contract.ResultStorage {
  readonly type = "kv";
  readonly capabilities = { consistency: "eventual", conditionalWrites: false, maxRecordBytes: 25 * 2 ** 20 } as const;
  readonly #namespace: KvBinding;
  readonly #copyTtl: number | undefined;
  readonly #arrivalTimeout: number;

  constructor({ namespace, copyTtl, arrivalTimeout = "90s" }: KvStorageOptions) {
    if (typeof namespace?.getWithMetadata !== "function") {
      throw new ConfigurationError("KvStorage needs the binding of a namespace: { namespace: env.RESULTS_KV }");
    }
    this.#namespace = namespace;
    this.#copyTtl = copyTtl === undefined ? undefined : toMilliseconds(copyTtl, "copyTtl");
    this.#arrivalTimeout = toMilliseconds(arrivalTimeout, "arrivalTimeout");
  }

  /** With `committed`, reads again until that write or a later one is visible, so that nobody computes the result again. */
  async read(
    key: string,
    { signal, committed }: Contract.StorageReadOptions = {},
  ): Promise<Contract.StoredRecord | undefined> {
    const deadline = Date.now() + this.#arrivalTimeout;
    for (let pause = 250; ; pause = Math.min(pause * 2, 5_000)) {
      const found = await this.#get(key, signal);
      const isThere = committed === undefined || (found && isAtLeast(found.etag, committed));
      if (isThere || Date.now() + pause > deadline) return found;
      await sleep(pause, signal);
    }
  }

  async #get(key: string, signal: AbortSignal | undefined): Promise<Contract.StoredRecord | undefined> {
    const { value, metadata } = await this.#load(key, signal);
    if (!value) return undefined;
    const bytes = new Uint8Array(value);
    return { bytes, etag: etagOf(metadata, bytes) };
  }

  async readMany(
    keys: readonly string[],
    options?: Contract.StorageReadOptions,
  ): Promise<(Contract.StoredRecord | undefined)[]> {
    return mapConcurrently(keys, concurrentCalls, (key) => this.read(key, options));
  }

  async head(key: string, { signal }: Contract.StorageReadOptions = {}): Promise<Contract.StoredHead | undefined> {
    const { value, metadata } = await this.#load(key, signal);
    if (!value) return undefined;
    const bytes = new Uint8Array(value);
    return { metadata: metadataOf(notesOf(metadata)) ?? decodeHead(bytes, key), etag: etagOf(metadata, bytes) };
  }

  /** Rejects with `ConfigurationError` if a condition is given, which KV can't check. */
  async write(key: string, bytes: Uint8Array, options: Contract.StorageWriteOptions): Promise<{ etag: string }> {
    const { metadata, grant, signal, ifMatch, ifNoneMatch } = options;
    signal?.throwIfAborted();
    if (ifMatch !== undefined || ifNoneMatch) {
      throw new ConfigurationError("KV has no conditional writes: ifMatch and ifNoneMatch need R2", { key });
    }
    if (grant?.signal.aborted) throw new StaleLockError(`The lock on "${key}" was lost before this write`, { key });
    const etag = options.etag ?? newEtag();
    const name = await toKvKey(key);
    const expirationTtl = this.#ttlOf(metadata, options.etag !== undefined);
    const putOptions = { metadata: toNotes(etag, metadata), ...(expirationTtl && { expirationTtl }) };
    await callBinding("KV put", () => this.#namespace.put(name, bytes, putOptions), { key, signal });
    return { etag };
  }

  async delete(key: string): Promise<boolean> {
    const { value } = await this.#load(key);
    // the absence may only be cached here, while other places still see the value
    await this.#deleteName(await toKvKey(key));
    return value !== null;
  }

  async deleteMany(keys: readonly string[]): Promise<boolean[]> {
    return mapConcurrently(keys, concurrentCalls, (key) => this.delete(key));
  }

  async list(options: Contract.StorageListOptions = {}): Promise<Contract.StorageListPage> {
    return listKeys(this.#namespace, options, (name) => this.#metadataOf(name, options.signal));
  }

  async clear(): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await listNames(this.#namespace, cursor === undefined ? {} : { cursor });
      await mapConcurrently(page.keys, concurrentCalls, ({ name }) => this.#deleteName(name));
      cursor = page.list_complete ? undefined : page.cursor;
    } while (cursor !== undefined);
  }

  async #load(key: string, signal?: AbortSignal): Promise<KvValue> {
    const name = await toKvKey(key);
    const found = await this.#loadName(name, { key, signal });
    // guards against two keys with one hash
    const isOther = found.value && isHashed(name) && (tryHead(new Uint8Array(found.value))?.storageKey ?? key) !== key;
    return isOther ? { value: null, metadata: null } : found;
  }

  #loadName(name: string, options: { key: string; signal?: AbortSignal | undefined }): Promise<KvValue> {
    return callBinding("KV get", () => this.#namespace.getWithMetadata(name, "arrayBuffer"), options);
  }

  async #deleteName(name: string): Promise<void> {
    // a second deletion could take what others have written since; of a copy, that does no harm
    const isRepeatable = this.#copyTtl !== undefined;
    await callBinding("KV delete", () => this.#namespace.delete(name), { key: name, isRepeatable });
  }

  /** `undefined` if the head can't be read, or the record has been deleted since. */
  async #metadataOf(
    { name, metadata }: KvName,
    signal: AbortSignal | undefined,
  ): Promise<ResultRecordMetadata | undefined> {
    const notes = notesOf(metadata);
    try {
      const beside = metadataOf(notes);
      if (beside && notes.etag !== undefined) return { ...beside, etag: notes.etag };
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error;
    }
    const { value } = await this.#loadName(name, { key: name, signal });
    const bytes = value && new Uint8Array(value);
    const head = bytes && tryHead(bytes);
    return head && (await toKvKey(head.storageKey)) === name ? { ...head, etag: etagOf(metadata, bytes) } : undefined;
  }

  /** Seconds until KV may drop the value; `undefined`: never. */
  #ttlOf({ expiration, staleFor = 0 }: ResultRecordMetadata, isCopy: boolean): number | undefined {
    const left = expiration ? Math.ceil((expiration.getTime() + staleFor - Date.now()) / 1_000) : Infinity;
    if (!isCopy || this.#copyTtl === undefined) return left >= minTtl && left <= maxTtl ? left : undefined;
    return Math.max(minTtl, Math.min(left, Math.ceil(this.#copyTtl / 1_000), maxTtl));
  }
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return settleWithin<void>({ signal, otherwise: undefined }, (resolve) => later(milliseconds, resolve));
}
