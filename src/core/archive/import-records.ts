import {
  ConfigurationError,
  CorruptRecordError,
  InvalidArgumentError,
  isRepriseError,
  PreconditionFailedError,
  StorageUnreachableError,
  UnsupportedRecordError,
} from "../../errors/index.ts";
import { isGone } from "../record/is-expired.ts";
import { decodeRecord, type DecodedRecord } from "../record/record-format.ts";
import { ResultRecord } from "../record/result-record.ts";
import { assertStorageKey } from "../record/storage-key.ts";
import type { Serializer } from "../serializers/serializer.ts";
import type { ResultStore } from "../store/result-store.ts";
import { assertStore } from "../store/store-internals.ts";
import { assertOptions } from "../support/assert-options.ts";
import { Turns } from "../concurrency/turns.ts";
import type { RecordOutcome } from "./archive-format.ts";
import { batches } from "./batches.ts";
import { type ArchivedRecord, maxRecordBytes, readArchive } from "./read-archive.ts";

/** The options of `importRecords`. */
export interface ImportRecordsOptions {
  /** What to do where the store has a record of the same key. `"keep"` skips the record of the archive. Default: `"replace"`. */
  existing?: "replace" | "keep" | undefined;
  /** Ends the import with the signal's reason. The records before that point are imported. */
  signal?: AbortSignal | undefined;
  /** Called with every record of the archive. A record that is refused doesn't end the import. */
  onRecord?: ((outcome: RecordOutcome) => void) | undefined;
}

export const importOptionNames = ["existing", "signal", "onRecord"] as const;

/** How many records of an archive were imported, skipped and refused. */
export interface ImportResult {
  /** Those that were written. */
  readonly imported: number;
  /** Those that had expired, or were there before with `existing: "keep"`. */
  readonly skipped: number;
  /** `onRecord` gets the error of each. */
  readonly refused: number;
}

/**
 * Writes the records of `exportRecords` into a store. Each is checked first, and keeps its bytes and its times. Records that
 * have expired are skipped. Each is a write by hand: a computation that began before keeps nothing afterwards, other tabs hear
 * of it, and a lock that somebody took by hand refuses it. Damaged and refused records don't end the import. Of two records of
 * one key, the later one stays.
 *
 * Rejects with `CorruptRecordError` if the stream is no archive, fails or ends early, with `UnsupportedRecordError` for a later
 * format, with `StorageUnreachableError`, and with the signal's reason. The records before that point are imported. Rejects
 * with `ConfigurationError` for an unknown option, and for `"keep"` if the storage has no conditional writes. Rejects with
 * `InvalidArgumentError` for anything but a stream or a `Blob`.
 *
 * @example
 * ```ts
 * const file = await new Response(exportRecords(store)).blob();
 * const { imported, refused } = await importRecords(store, file, { existing: "keep" });
 * console.log(imported, refused);
 * ```
 */
export async function importRecords(
  store: ResultStore,
  archive: ReadableStream<Uint8Array> | Blob,
  options: ImportRecordsOptions = {},
): Promise<ImportResult> {
  assertStore(store, "importRecords");
  assertOptions("importRecords", options, importOptionNames);
  const { signal, onRecord, existing = "replace" } = options;
  if (existing !== "replace" && existing !== "keep") {
    throw new ConfigurationError(`existing has to be "replace" or "keep"; got ${String(existing)}`);
  }
  const condition = existing === "keep" ? ({ ifNoneMatch: "*" } as const) : {};
  // of two records of one key, the later one counts
  const turns = new Turns();
  const write = async (record: ResultRecord) =>
    turns.take(record.metadata.storageKey, () => store.persistResultRecord(record, { signal, ...condition }));
  const counts = { done: 0, skipped: 0, refused: 0 };
  for await (const batch of batches(readArchive(streamOf(archive), signal), ({ bytes }) => bytes?.length ?? 0)) {
    signal?.throwIfAborted();
    const outcomes = await Promise.all(batch.map((record) => importOne(record, store.now(), write)));
    for (const outcome of outcomes) {
      counts[outcome.status]++;
      onRecord?.(outcome);
    }
  }
  return { imported: counts.done, skipped: counts.skipped, refused: counts.refused };
}

function streamOf(archive: ReadableStream<Uint8Array> | Blob): ReadableStream<Uint8Array> {
  const stream = archive instanceof Blob ? archive.stream() : archive;
  if (typeof stream?.pipeThrough !== "function" || stream.locked) {
    throw new InvalidArgumentError("importRecords needs a Blob, or a stream that nobody reads, such as response.body");
  }
  return stream;
}

async function importOne(
  { name, size, bytes }: ArchivedRecord,
  now: number,
  write: (record: ResultRecord) => Promise<unknown>,
): Promise<RecordOutcome> {
  let key = name;
  try {
    if (!bytes) throw new CorruptRecordError(`The record has ${size} bytes; the most is ${maxRecordBytes}`);
    const decoded = decodeRecord(bytes);
    key = decoded.metadata.storageKey;
    assertStorageKey(key);
    if (isGone(decoded.metadata, now)) return { key, bytes: size, status: "skipped" };
    await write(asItIs(decoded));
    return { key, bytes: size, status: "done" };
  } catch (error) {
    if (error instanceof PreconditionFailedError) return { key, bytes: size, status: "skipped" };
    const isOfAll = error instanceof StorageUnreachableError || error instanceof ConfigurationError;
    if (isOfAll || !isRepriseError(error)) throw error;
    return { key, bytes: size, status: "refused", error };
  }
}

/** The record with its own bytes, which the store need not be able to read. Its place among invalidations was another storage's. */
function asItIs({ metadata: { generation: _, ...metadata }, body, unknownFields }: DecodedRecord): ResultRecord {
  const { type, ...options } = metadata.serializer;
  const serializer: Serializer = {
    type,
    options,
    dumps: () => body,
    loads() {
      throw new UnsupportedRecordError("The result was imported, and has to be read from the store");
    },
  };
  return new ResultRecord(metadata, serializer, { value: undefined }, unknownFields);
}
