import type { ResultRecordMetadata } from "../core/record/result-record-metadata.ts";
import { ResultRecord } from "../core/record/result-record.ts";
import { beyondLimit, defaultMaxBytes } from "../core/serializers/limits.ts";
import { serializerFor } from "../core/serializers/registry.ts";
import { UnsupportedRecordError } from "../errors/index.ts";
import { corrupt, isObject } from "./corrupt.ts";
import { type PrefectMetadata, readMetadata, writeMetadata } from "./prefect-metadata.ts";
import { serializerOf } from "./prefect-serializer.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The two files of a Prefect store that has a metadata storage. */
export interface PrefectRecordParts {
  /** For the result storage, under the `storage_key` in the metadata. */
  readonly result: Uint8Array;
  /** For the metadata storage. */
  readonly metadata: Uint8Array;
}

export interface ReadPrefectRecordOptions {
  /** The most bytes that the files, or a decompressed result, may have. Default: 24 MiB. */
  maxBytes?: number | undefined;
}

/**
 * Reads a result file of Prefect, version 2 or 3. With `metadataBytes` it reads the two files of a store that keeps
 * metadata apart. Expired files are read too: the caller checks `record.expiration`.
 *
 * Reads JSON, plain or compressed by zlib or gzip. For any other format, such as a pickle, the metadata is readable, and
 * `result` throws `UnsupportedRecordError`, which says what Prefect should write instead. Python objects and exceptions
 * stay the plain objects that represent them (`__class__`, `__exc_type__`). Integers beyond 2^53 lose their last digits,
 * as in `JSON.parse`.
 *
 * Prefect records no time of writing, so `createdAt` is the time of reading. `libraryVersion` is, for example,
 * `"prefect 3.7.0"`, `storageId` the id of the storage block, and `storageKey` empty in files from before Prefect 3.
 *
 * Rejects with `CorruptRecordError` if the bytes are no such file, or are damaged, and with `UnsupportedRecordError` for a
 * file beyond `maxBytes`.
 *
 * @example
 * ```ts
 * const file = await writePrefectRecord(store.createResultRecord({ rows: 3 }, { key: "reports/latest" }));
 * (await readPrefectRecord(file)).result; // { rows: 3 }
 * ```
 */
export async function readPrefectRecord(
  bytes: Uint8Array,
  metadataBytes?: Uint8Array,
  { maxBytes = defaultMaxBytes }: ReadPrefectRecordOptions = {},
): Promise<ResultRecord> {
  if (bytes.length + (metadataBytes?.length ?? 0) > maxBytes) throw beyondLimit("The files have", maxBytes);
  const parts = metadataBytes ? { fields: parse(metadataBytes), result: bytes } : split(parse(bytes));
  const metadata = readMetadata(parts.fields);
  metadata.size = parts.result.length;
  const outcome = await load(metadata, parts.result, maxBytes);
  return new ResultRecord(metadata, serializerFor(metadata.serializer), outcome);
}

/**
 * Writes a record as a result file that Prefect 3 reads. The result is JSON, compressed if the record's serializer
 * compresses. A record that came from Prefect keeps its settings, storage block and version.
 *
 * Rejects with `SerializationError` for a result that JSON would change, such as one with a `Date`, a `Map` or an `undefined`.
 * A `__class__` or `__exc_type__` that Prefect could not read is one too. `path` leads there. `NaN` and the infinities are written
 * as Python writes them. Rejects with `InvalidArgumentError` for an expiration beyond the year 9999, and as `record.result`
 * throws.
 *
 * Python's decoder instantiates the class that `__class__` names, so don't write results from untrusted sources.
 *
 * @example
 * ```ts
 * const record = store.createResultRecord({ rows: 3 }, { key: "reports/latest", expiresIn: "1d" });
 * const file = await writePrefectRecord(record);
 * ```
 */
export async function writePrefectRecord(record: ResultRecord): Promise<Uint8Array> {
  const { metadata, result } = await dump(record);
  return encode({ metadata, result: decoder.decode(result) });
}

/**
 * Writes a record as two files, for a Prefect store with a metadata storage. Rejects as `writePrefectRecord` does.
 *
 * @example
 * ```ts
 * const record = store.createResultRecord({ rows: 3 }, { key: "reports/latest" });
 * const { result, metadata } = await writePrefectRecordParts(record);
 * (await readPrefectRecord(result, metadata)).result; // { rows: 3 }
 * ```
 */
export async function writePrefectRecordParts(record: ResultRecord): Promise<PrefectRecordParts> {
  const { metadata, result } = await dump(record);
  return { result, metadata: encode(metadata) };
}

async function dump({ metadata, result }: ResultRecord): Promise<{ metadata: PrefectMetadata; result: Uint8Array }> {
  const written = writeMetadata(metadata);
  return { metadata: written, result: await serializerOf(written.serializer).dumps(result) };
}

async function load(
  { serializer, storageKey: key }: ResultRecordMetadata,
  result: Uint8Array,
  maxBytes: number,
): Promise<{ value: unknown } | { error: unknown }> {
  try {
    return { value: await serializerOf(serializer).loads(result, { maxBytes }) };
  } catch (error) {
    if (error instanceof UnsupportedRecordError) return { error };
    throw corrupt(`its result is not what its serializer, "${serializer.type}", writes`, { key, cause: error });
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes)) as unknown;
  } catch (cause) {
    throw corrupt(cause instanceof SyntaxError ? "it is no JSON" : "it is no UTF-8", { cause });
  }
}

/** Before Prefect 3 the metadata fields were at the top level, and the result was called `data`. */
function split(file: unknown): { fields: unknown; result: Uint8Array } {
  if (!isObject(file)) throw corrupt("it is JSON, but no record around a result");
  const result = file["result"] ?? file["data"];
  if (typeof result !== "string") throw corrupt("it is JSON, but no record around a result");
  return { fields: "metadata" in file ? file["metadata"] : file, result: encoder.encode(result) };
}

function encode(json: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(json));
}
