import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
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
import { raceSignal } from "../concurrency/race-signal.ts";
import * as format from "./archive-format.ts";
import { batches } from "./batches.ts";

/** The options of `importRecords`. */
export interface ImportRecordsOptions {
  /** What to do where the store has a record of the same key. `"keep"` skips the record of the archive. Default: `"replace"`. */
  existing?: "replace" | "keep" | undefined;
  /** Ends the import with the signal's reason. The records before that point are imported. */
  signal?: AbortSignal | undefined;
  /** Called with every record of the archive. A record that is refused doesn't end the import. */
  onRecord?: ((outcome: format.RecordOutcome) => void) | undefined;
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

/** No record in R2 or KV has more bytes. */
const maxRecordBytes = 2 ** 26;

/** A record of the file; without `bytes` if it was too long. */
interface ArchivedRecord {
  readonly name: string;
  readonly size: number;
  readonly bytes?: Uint8Array;
}

/**
 * Writes the records of `exportRecords` into a store. Each is checked first, and keeps its bytes and its times. Records that
 * have expired are skipped. Each is a write by hand: a computation that began before keeps nothing afterwards, other tabs hear
 * of it, and a lock that somebody took by hand refuses it. Damaged and refused records don't end the import.
 *
 * Rejects with `CorruptRecordError` if the stream is no archive, fails or ends early, with `UnsupportedRecordError` for a later
 * format, with `StorageUnreachableError`, and with the signal's reason. The records before that point are imported. Rejects
 * with `ConfigurationError` for an unknown option, `InvalidArgumentError` for anything but a stream or a `Blob`.
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
  const counts = { done: 0, skipped: 0, refused: 0 };
  for await (const batch of batches(recordsIn(streamOf(archive), signal), ({ bytes }) => bytes?.length ?? 0)) {
    signal?.throwIfAborted();
    const outcomes = await Promise.all(batch.map((record) => importOne(store, record, existing === "keep", signal)));
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

async function* recordsIn(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ArchivedRecord> {
  let hasManifest = false;
  let expected: number | undefined;
  let records = 0;
  try {
    for await (const entry of entriesOf(stream, signal)) {
      const { name, size } = entry.header;
      if (!hasManifest) {
        if (name !== format.manifestName) throw format.noArchive();
        format.assertManifest(await jsonOf(entry));
        hasManifest = true;
      } else if (format.isRecordName(name)) {
        records++;
        yield size <= maxRecordBytes ? { name, size, bytes: await bytesOf(entry.body) } : { name, size };
      } else if (name === format.endName) expected = format.recordsOfEnd(await jsonOf(entry));
      // an entry has to be read to its end before the next one comes
      if (!entry.body.locked) await entry.body.cancel();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (isRepriseError(error)) throw error;
    throw hasManifest ? endsEarly(records, error) : format.noArchive(error);
  }
  if (!hasManifest) throw format.noArchive();
  if (expected !== records) throw endsEarly(records);
}

async function* entriesOf(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ParsedTarEntry> {
  const reader = until(signal, stream)
    .pipeThrough(createTarDecoder({ strict: true }))
    .getReader();
  try {
    for (let part = await reader.read(); part.value; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** The stream, which fails at once when the signal aborts. Not every runtime's `pipeThrough` does that with a signal. */
function until(signal: AbortSignal | undefined, stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await raceSignal(reader.read(), signal);
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        void reader.cancel(error).catch(() => {});
        throw error;
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

function endsEarly(records: number, cause?: unknown): CorruptRecordError {
  return new CorruptRecordError(`The file is damaged or ends early. It was read up to record ${records}`, { cause });
}

async function bytesOf(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(body as BodyInit).arrayBuffer());
}

async function jsonOf({ header, body }: ParsedTarEntry): Promise<unknown> {
  if (header.size > format.maxJsonBytes) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(await bytesOf(body)));
  } catch {
    return undefined;
  }
}

async function importOne(
  store: ResultStore,
  { name, size, bytes }: ArchivedRecord,
  keepsExisting: boolean,
  signal: AbortSignal | undefined,
): Promise<format.RecordOutcome> {
  let key = name;
  try {
    if (!bytes) throw new CorruptRecordError(`The record has ${size} bytes; the most is ${maxRecordBytes}`);
    const decoded = decodeRecord(bytes);
    key = decoded.metadata.storageKey;
    assertStorageKey(key);
    if (isGone(decoded.metadata, store.now())) return { key, bytes: size, status: "skipped" };
    await store.persistResultRecord(asItIs(decoded), { signal, ...(keepsExisting && { ifNoneMatch: "*" }) });
    return { key, bytes: size, status: "done" };
  } catch (error) {
    if (keepsExisting && error instanceof PreconditionFailedError) return { key, bytes: size, status: "skipped" };
    if (!isRepriseError(error) || error instanceof StorageUnreachableError) throw error;
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
