import { decodeHead } from "../core/record/record-format.ts";
import type { LockGrant } from "../core/locks/result-lock-manager.ts";
import { stampRecord } from "../core/record/stamp-record.ts";
import type { Invalidation, InvalidationTarget } from "../core/invalidation/invalidation.ts";
import { type InvalidationsSince, InvalidationTable } from "../core/invalidation/invalidation-table.ts";
import { deleteWhere } from "../core/storages/storage-fallbacks.ts";
import type { ResultRecordMetadata } from "../core/record/result-record-metadata.ts";
import type * as Contract from "../core/storages/result-storage.ts";
import {
  ConfigurationError,
  CorruptRecordError,
  RepriseError,
  LockNotHeldError,
  StorageError,
} from "../errors/index.ts";
import { assertStorageKey } from "../core/record/storage-key.ts";
import { clockTolerance, shiftRecord, shiftTimes } from "./requests/clock.ts";
import { assertDone, countOf, foreignAnswer, isOfType, parseJson, type HttpAnswer } from "./requests/http-answer.ts";
import { HttpClient, type HttpRequest, type HttpSender } from "./requests/http-client.ts";
import { invalidationsOf } from "./http-invalidations.ts";
import type { HttpOptions } from "./requests/http-options.ts";
import { mapConcurrently } from "../core/concurrency/map-concurrently.ts";
import {
  beginPath,
  decodeBeginning,
  encodeBeginning,
  type InvalidateJson,
  invalidationsPath,
  type PlaceJson,
  placeUnderLock,
  unknownPlace,
  headers as names,
  metadataFromJson,
  quoteEtag,
  recordMediaType,
  resultPath,
  resultsPath,
  unquoteEtag,
  type ListPageJson,
} from "./requests/protocol.ts";

const absent = "RECORD_NOT_FOUND";

/** Requests of one `readMany` that may run at the same time. */
const concurrentReads = 8;

/**
 * Keeps records in the storage behind the HTTP API of a Worker. Requests that fail in transit are retried where that may
 * help. While the server can't be reached, calls reject at once with `StorageUnreachableError`. Every call may also reject
 * with `AccessDeniedError`. Times are by the clock of this machine, however wrong it is. The Worker alone gives etags. Throws
 * `ConfigurationError` for invalid options.
 *
 * @example
 * ```ts
 * const edge = new HttpStorage({ url: "https://results.example.com", token: () => fetchToken() });
 * const store = createResultStore({ resultStorage: edge });
 * ```
 */
export class HttpStorage implements Contract.ResultStorage {
  readonly type = "http";
  readonly #client: HttpSender;
  /** The invalidations that other parts of this context have learnt from the server. */
  readonly #table = new InvalidationTable();
  /** Those that count against records of the server too: a part of it may hear of them later. */
  readonly #unknownToServer = new InvalidationTable();
  #generation: number | undefined;
  #isHeard = false;
  /** Called after every answer about results. */
  onAnswer: (() => void) | undefined;
  #consistency: Contract.ResultStorageCapabilities["consistency"] = "strong";

  constructor(options: HttpOptions | HttpSender) {
    this.#client = HttpClient.of(options);
  }

  /** As reported by the server's last answer. */
  get capabilities(): Contract.ResultStorageCapabilities {
    return { consistency: this.#consistency, conditionalWrites: this.#consistency === "strong" };
  }

  /** As reported by the server's answers. */
  get generation(): number | undefined {
    return this.#generation;
  }

  async read(key: string, options: Contract.StorageReadOptions = {}): Promise<Contract.StoredRecord | undefined> {
    const { latest } = this.#table;
    const stored = await this.#send(key, { method: "GET", expects: absent, ...readInit(options) }, (answer) => {
      if (answer.problem) return undefined;
      if (!isOfType(answer, recordMediaType)) throw foreignAnswer(answer, key);
      const isCopy = answer.headers.get(names.source) === "copy";
      return { bytes: bytesOf(answer, key), etag: etagOf(answer, key), ...(isCopy && { isCopy }) };
    });
    // the answer may be older than an invalidation that became known in the meantime
    const isOld = stored && this.#table.latest > latest && this.#covers(key, stored.bytes);
    return isOld ? this.read(key, { ...options, fresh: true }) : stored;
  }

  async head(key: string, options: Contract.StorageReadOptions = {}): Promise<Contract.StoredHead | undefined> {
    const head = await this.#send(key, { method: "HEAD", expects: absent, ...readInit(options) }, (answer) => {
      if (answer.problem) return undefined;
      const etag = etagOf(answer, key);
      // metadata that are too long for a header are in the record alone
      return answer.headers.has(names.metadata) ? { metadata: metadataOf(answer, key), etag } : "in the record";
    });
    if (head !== "in the record") return head;
    const stored = await this.read(key, options);
    return stored && { metadata: decodeHead(stored.bytes, key), etag: stored.etag };
  }

  async write(
    key: string,
    bytes: Uint8Array,
    options: Contract.StorageWriteOptions,
  ): Promise<Contract.StorageWriteResult> {
    const { signal } = options;
    const headers = writeHeaders(options);
    const expects = ["PRECONDITION_FAILED", "INVALIDATED"];
    const written = await this.#send(key, { method: "PUT", headers, body: bytes, expects, signal }, (answer) => {
      if (!answer.problem) return keptOf(assertDone(answer, key), key, bytes);
      if (answer.isRepeated) return answer.problem;
      throw answer.problem;
    });
    if (!(written instanceof RepriseError)) return written;
    // the record that blocked this attempt may come from an earlier attempt whose answer was lost
    const found = await this.read(key, { signal, fresh: true });
    if (found && isSameRecord(found.bytes, bytes, key)) {
      return kept(found.etag, key, bytes, decodeHead(found.bytes, key).generation);
    }
    throw written;
  }

  /** Asks the server only for a computation without a lock, or before any other call. */
  async begin(key: string, options: Contract.StorageBeginOptions = {}): Promise<string> {
    const { grant, offline } = options;
    // without a generation, the computation would count as older than all invalidations
    const asks = !offline && (!grant || !this.#isHeard);
    const asked = asks ? await this.#placeOf(key, options) : unknownPlace;
    const place = grant && !offline ? placeUnderLock(options.found) : asked;
    return encodeBeginning({ generation: this.#generation, place });
  }

  async #placeOf(key: string, { found, replaces = false, signal }: Contract.StorageBeginOptions): Promise<string> {
    // an older server has no such route; the write tells of a token that does not allow it
    const expects = ["RECORD_NOT_FOUND", "STORAGE", "ACCESS_DENIED"];
    return this.#send(key, { ...toPost({ replaces, found }), path: beginPath(key), expects, signal }, (answer) => {
      if (answer.problem) return unknownPlace;
      const { place } = (parseJson(answer) ?? {}) as Partial<PlaceJson>;
      if (typeof place !== "string") throw foreignAnswer(answer, key);
      return place;
    });
  }

  /** Rejects with `ConfigurationError` if the server can invalidate keys only. */
  async invalidate(target: InvalidationTarget, { mode }: Contract.StorageInvalidateOptions): Promise<void> {
    const json: InvalidateJson = { target, mode };
    const expects = ["CONFIGURATION", "LOCK_NOT_HELD"];
    await this.#client.send({ ...toPost(json), path: invalidationsPath, expects }, (answer) => {
      this.#heed(answer);
      if (answer.problem) throw answer.problem;
      if (answer.status !== 204) throw foreignAnswer(answer, undefined);
    });
  }

  /** Invalidates all, if the server can, and deletes the records that are left. */
  async clear(): Promise<void> {
    let isGone = true;
    await this.invalidate("all", { mode: "delete", now: Date.now() }).catch((error: unknown) => {
      if (!(error instanceof ConfigurationError)) throw error;
      isGone = false;
    });
    // what is gone only takes room, so a lock by hand is no reason to fail
    await deleteWhere(this, () => true).catch((error: unknown) => {
      if (!isGone || !(error instanceof LockNotHeldError)) throw error;
    });
  }

  /**
   * Judges by the invalidations that are known here, and asks nobody: the server has judged by what it knew. Those of keys, and those
   * that are forgotten, count against copies alone: the server's own record may have been written later.
   */
  judge(metadata: ResultRecordMetadata, { isCopy = false }: { isCopy?: boolean } = {}): Invalidation | undefined {
    return (isCopy ? this.#table : this.#unknownToServer).judge(metadata);
  }

  #covers(key: string, bytes: Uint8Array): boolean {
    try {
      return this.#table.judge(decodeHead(bytes, key)) !== undefined;
    } catch {
      return false;
    }
  }

  async invalidationsSince(number: number): Promise<InvalidationsSince> {
    return this.#client.send({ method: "GET", path: `${invalidationsPath}?since=${number}` }, (answer) => {
      const since = invalidationsOf(answer);
      if (since.invalidations) {
        this.#table.add(since.invalidations);
        this.#unknownToServer.add(since.invalidations.filter(({ target }) => target === "all" || !("keys" in target)));
      } else this.#table.forgetBefore(since.latest);
      return since;
    });
  }

  async delete(key: string, { grant }: Contract.StorageDeleteOptions = {}): Promise<boolean> {
    const headers = lockHeaders(grant);
    // a second deletion could meet what others have written since the first, so it is only asked whether a record is there
    const retry = { method: "HEAD", headers: noCopies } as const;
    return this.#send(key, { method: "DELETE", headers, expects: absent, retry }, (answer) => {
      if (answer.problem) return answer.isRepeated;
      if (!answer.isRepeated) {
        assertDone(answer, key);
        return true;
      }
      const message = `The answer to the deletion of "${key}" was lost, and there is a record now. Delete again if it has to go`;
      throw new StorageError(message, { key });
    });
  }

  async list({ prefix, cursor, limit, signal }: Contract.StorageListOptions = {}): Promise<Contract.StorageListPage> {
    const query = new URLSearchParams();
    if (prefix) query.set("prefix", prefix);
    if (cursor !== undefined) query.set("cursor", cursor);
    if (limit !== undefined) query.set("limit", String(limit));
    return this.#client.send({ method: "GET", path: `${resultsPath}?${query}`, signal }, (answer) => {
      this.#heed(answer);
      return pageOf(answer, prefix, cursor);
    });
  }

  async readMany(
    keys: readonly string[],
    options?: Contract.StorageReadOptions,
  ): Promise<(Contract.StoredRecord | undefined)[]> {
    return mapConcurrently(keys, concurrentReads, (key) => this.read(key, options));
  }

  async #send<T>(
    key: string,
    request: Omit<HttpRequest, "path" | "key"> & { path?: string },
    read: (answer: HttpAnswer) => T,
  ): Promise<T> {
    assertStorageKey(key);
    return this.#client.send({ path: resultPath(key), ...request, key }, (answer) => {
      this.#heed(answer);
      return read(answer);
    });
  }

  #heed({ headers }: HttpAnswer): void {
    this.#isHeard = true;
    const reported = headers.get(names.consistency);
    if (reported === "strong" || reported === "eventual") this.#consistency = reported;
    const generation = countOf(headers.get(names.generation));
    if (generation !== undefined) this.#generation = Math.max(generation, this.#generation ?? 0);
    this.onAnswer?.();
  }
}

const noCopies = { "cache-control": "no-cache" };

function readInit({ signal, fresh, committed }: Contract.StorageReadOptions): Pick<HttpRequest, "headers" | "signal"> {
  const isFresh = fresh || committed !== undefined;
  return { signal, ...(isFresh && { headers: noCopies }) };
}

function writeHeaders({ grant, ifMatch, since, ...given }: Contract.StorageWriteOptions): Record<string, string> {
  const isUnknown = since !== undefined && decodeBeginning(since).place === unknownPlace;
  const ifNoneMatch = isUnknown ? "*" : given.ifNoneMatch;
  return {
    ...(since !== undefined && { [names.since]: encodeURIComponent(since) }),
    "content-type": recordMediaType,
    ...(ifMatch !== undefined && { "if-match": quoteEtag(ifMatch) }),
    ...(ifNoneMatch && { "if-none-match": ifNoneMatch }),
    ...lockHeaders(grant),
  };
}

function lockHeaders(grant: LockGrant | undefined): Record<string, string> {
  if (!grant) return {};
  return { [names.lockHolder]: encodeURIComponent(grant.holder), [names.lockToken]: String(grant.token) };
}

function toPost(json: object) {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(json) } as const;
}

/** The record as the server has kept it. */
function keptOf(answer: HttpAnswer, key: string, bytes: Uint8Array): Contract.StorageWriteResult {
  return kept(etagOf(answer, key), key, bytes, countOf(answer.headers.get(names.recordGeneration)));
}

function kept(etag: string, key: string, bytes: Uint8Array, generation?: number): Contract.StorageWriteResult {
  return generation === undefined ? { etag } : { etag, bytes: stampRecord(bytes, key, generation) };
}

function etagOf(answer: HttpAnswer, key: string): string {
  const etag = unquoteEtag(answer.headers.get("etag"));
  if (etag === undefined) throw foreignAnswer(answer, key);
  return etag;
}

function pageOf(answer: HttpAnswer, prefix = "", after?: string): Contract.StorageListPage {
  const page = parseJson(answer) as Partial<ListPageJson> | undefined;
  if (!Array.isArray(page?.records)) throw foreignAnswer(answer, undefined);
  if (page.cursor !== undefined && typeof page.cursor !== "string") throw foreignAnswer(answer, undefined);
  // whoever lists all would never come to an end
  if (page.cursor !== undefined && page.cursor === after) throw foreignAnswer(answer, undefined);
  const all = page.records.flatMap((record: unknown) => readableMetadata(record, answer.clockOffset));
  const records = all.filter(({ storageKey }) => storageKey.startsWith(prefix));
  return page.cursor === undefined ? { records } : { records, cursor: page.cursor };
}

function metadataOf(answer: HttpAnswer, key: string): ResultRecordMetadata {
  try {
    const metadata = metadataFromJson(JSON.parse(decodeURIComponent(answer.headers.get(names.metadata)!)));
    if (metadata.storageKey !== key) throw new CorruptRecordError("The metadata are those of another key", { key });
    return shiftTimes(metadata, answer.clockOffset);
  } catch (cause) {
    throw foreignAnswer(answer, key, cause);
  }
}

/** A record that can't be read here must not hide the others. */
function readableMetadata(json: unknown, clockOffset: number): ResultRecordMetadata[] {
  try {
    const metadata = metadataFromJson(json);
    assertStorageKey(metadata.storageKey);
    return [shiftTimes(metadata, clockOffset)];
  } catch {
    return [];
  }
}

/** Bytes that can't be read are the store's to judge. */
function bytesOf({ bytes, clockOffset }: HttpAnswer, key: string): Uint8Array {
  try {
    return shiftRecord(bytes, key, clockOffset);
  } catch {
    return bytes;
  }
}

/** Whether `found` is what `written` has become. If this clock is wrong, the Worker has changed its times, and the answer again. */
function isSameRecord(found: Uint8Array, written: Uint8Array, key: string): boolean {
  try {
    const offset = Number(decodeHead(written, key).createdAt) - Number(decodeHead(found, key).createdAt);
    // the server has added the generation
    const [one, other] = [shiftRecord(found, key, offset), written].map((bytes) => stampRecord(bytes, key, 0));
    return Math.abs(offset) <= clockTolerance && areEqual(one!, other!);
  } catch {
    return areEqual(found, written);
  }
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
