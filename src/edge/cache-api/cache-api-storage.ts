import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import type * as Contract from "../../core/storages/result-storage.ts";
import { toMilliseconds, type Duration } from "../../core/support/duration.ts";
import { randomId } from "../../core/support/random-id.ts";
import { ConfigurationError, InvalidArgumentError } from "../../errors/index.ts";
import { callBinding } from "../bindings/binding-calls.ts";
import type { CacheBinding } from "../bindings/bindings.ts";
import { percentDecode } from "../bindings/percent-decode.ts";

/** The options of `CacheApiStorage`. */
export interface CacheApiStorageOptions {
  /** The name of the cache, as in `caches.open(name)`. Workers of one zone share it, so each store of records needs a name of its own. */
  name: string;
  /** The longest life of a copy, at least a second. Default: a minute. */
  copyTtl?: Duration | undefined;
  /** The start of the URLs under which the cache keeps copies. Cloudflare advises the Worker's own host. Nothing is requested from it. Default: a host that doesn't exist. */
  origin?: string | undefined;
}

const etagHeader = "Reprise-Etag";
const writtenHeader = "Reprise-Written";

/**
 * Keeps copies in the cache of the data center that runs the Worker, with Cloudflare's Cache API. Copies elsewhere are unaffected
 * by writes and deletions here, and live for `copyTtl` at most. Keeps nothing where there is no Cache API. Throws
 * `ConfigurationError` without a name, and `InvalidArgumentError` for a bad `copyTtl`.
 *
 * @example
 * ```ts
 * const store = createResultStore({ dataCenterCopies: new CacheApiStorage({ name: "my-results" }) });
 * ```
 */
export class CacheApiStorage implements Contract.ResultStorage {
  readonly type = "cache-api";
  readonly capabilities = { consistency: "eventual", conditionalWrites: false } as const;
  readonly #name: string;
  readonly #copyTtl: number;
  readonly #origin: string;
  /** The cache can't list its copies, so this isolate passes over those from before. */
  #clearedAt = -Infinity;

  constructor({ name, copyTtl = "1m", origin = "https://reprise.invalid" }: CacheApiStorageOptions) {
    if (typeof name !== "string" || name === "") {
      throw new ConfigurationError('CacheApiStorage needs the name of a cache of its own: { name: "my-results" }');
    }
    if (!URL.canParse(origin)) throw new ConfigurationError(`origin has to be a URL; got ${origin}`);
    this.#name = name;
    this.#copyTtl = toMilliseconds(copyTtl, "copyTtl");
    if (this.#copyTtl < 1_000) throw new InvalidArgumentError(`copyTtl has to be a second or more; got ${copyTtl}`);
    this.#origin = origin;
  }

  async read(key: string, { signal }: Contract.StorageReadOptions = {}): Promise<Contract.StoredRecord | undefined> {
    return this.#call("match", { key, signal }, async (cache) => {
      const found = await cache.match(this.#urlOf(key));
      const etag = percentDecode(found?.headers.get(etagHeader) ?? "");
      const isOurs = found && etag && Number(found.headers.get(writtenHeader)) > this.#clearedAt;
      return isOurs ? { bytes: new Uint8Array(await found.arrayBuffer()), etag } : undefined;
    });
  }

  /** Rejects with `ConfigurationError` if a condition is given, which a cache can't check. */
  async write(key: string, bytes: Uint8Array, options: Contract.StorageWriteOptions): Promise<{ etag: string }> {
    const { metadata, signal, ifMatch, ifNoneMatch, etag = randomId() } = options;
    if (ifMatch !== undefined || ifNoneMatch) {
      throw new ConfigurationError("The Cache API has no conditional writes: ifMatch and ifNoneMatch need R2", { key });
    }
    const url = this.#urlOf(key);
    const seconds = this.#secondsFor(metadata);
    const headers = {
      "Cache-Control": `max-age=${seconds}`,
      "Content-Type": "application/octet-stream",
      [etagHeader]: encodeURIComponent(etag),
      [writtenHeader]: String(Date.now()),
    };
    await this.#call<unknown>("put", { key, signal }, (cache) =>
      seconds < 1 ? cache.delete(url) : cache.put(url, new Response(bytes as Uint8Array<ArrayBuffer>, { headers })),
    );
    return { etag };
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#call("delete", { key }, (cache) => cache.delete(this.#urlOf(key)))) ?? false;
  }

  /** Hides the copies from this isolate. Others see them until `copyTtl` is over. */
  async clear(): Promise<void> {
    this.#clearedAt = Date.now();
  }

  #urlOf(key: string): string {
    // a path would lose the keys "." and ".."
    return `${this.#origin}/?${encodeURIComponent(key)}`;
  }

  /** Whole seconds for which a copy may live: never beyond the record's own end. */
  #secondsFor({ expiration, staleFor = 0 }: ResultRecordMetadata): number {
    const left = expiration ? expiration.getTime() + staleFor - Date.now() : Infinity;
    return Math.floor(Math.min(left, this.#copyTtl) / 1_000);
  }

  /** `undefined` where there is no Cache API. A cache that fails is asked again by the next call. */
  async #call<T>(
    name: string,
    { key, signal }: { key: string; signal?: AbortSignal | undefined },
    work: (cache: CacheBinding) => Promise<T>,
  ): Promise<T | undefined> {
    const { caches } = globalThis as { caches?: { open(name: string): Promise<CacheBinding> } };
    if (!caches) return undefined;
    const run = async () => work(await caches.open(this.#name));
    return callBinding(`Cache API ${name}`, run, { key, signal, retries: 0 });
  }
}
