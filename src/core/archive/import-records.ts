import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import {
  CorruptRecordError,
  isRepriseError,
  PreconditionFailedError,
  StorageUnreachableError,
} from "../../errors/index.ts";
import { isGone } from "../record/is-expired.ts";
import { decodeRecord } from "../record/record-format.ts";
import { assertStorageKey } from "../record/storage-key.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import * as format from "./archive-format.ts";
import { batches } from "./batches.ts";

export interface ImportRecordsOptions {
  /** Keeps records that are there, instead of replacing them. Default: false. */
  skipExisting?: boolean | undefined;
  signal?: AbortSignal | undefined;
  /** Called with every record of the file. A record that is refused doesn't end the import. */
  onRecord?: ((outcome: format.RecordOutcome) => void) | undefined;
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
 * Writes the records of an archive into a storage. Each is checked first, and dated as it was. Records that have expired are skipped.
 * Rejects with `CorruptRecordError` if the stream is no archive or ends early, `UnsupportedRecordError` for a later format,
 * `StorageUnreachableError`, and with the signal's reason. The records before that point are imported.
 */
export async function importRecords(
  storage: ResultStorage,
  stream: ReadableStream<Uint8Array>,
  options: ImportRecordsOptions = {},
): Promise<void> {
  const { signal, onRecord } = options;
  for await (const batch of batches(recordsIn(stream), ({ bytes }) => bytes?.length ?? 0)) {
    signal?.throwIfAborted();
    const outcomes = await Promise.all(batch.map((record) => importOne(storage, record, options)));
    for (const outcome of outcomes) onRecord?.(outcome);
  }
}

async function* recordsIn(stream: ReadableStream<Uint8Array>): AsyncGenerator<ArchivedRecord> {
  let hasManifest = false;
  let expected: number | undefined;
  let records = 0;
  try {
    for await (const entry of entriesOf(stream)) {
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
    if (isRepriseError(error)) throw error;
    throw hasManifest ? endsEarly(records, error) : format.noArchive(error);
  }
  if (!hasManifest) throw format.noArchive();
  if (expected !== records) throw endsEarly(records);
}

async function* entriesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<ParsedTarEntry> {
  const reader = stream.pipeThrough(createTarDecoder({ strict: true })).getReader();
  try {
    for (let part = await reader.read(); part.value; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
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
  storage: ResultStorage,
  { name, size, bytes }: ArchivedRecord,
  { skipExisting, signal }: ImportRecordsOptions,
): Promise<format.RecordOutcome> {
  let key = name;
  try {
    if (!bytes) throw new CorruptRecordError(`The record has ${size} bytes; the most is ${maxRecordBytes}`);
    const { metadata } = decodeRecord(bytes);
    key = metadata.storageKey;
    assertStorageKey(key);
    if (isGone(metadata, Date.now())) return { key, bytes: size, status: "skipped" };
    await storage.write(key, bytes, { metadata, signal, ...(skipExisting && { ifNoneMatch: "*" }) });
    return { key, bytes: size, status: "done" };
  } catch (error) {
    if (skipExisting && error instanceof PreconditionFailedError) return { key, bytes: size, status: "skipped" };
    if (!isRepriseError(error) || error instanceof StorageUnreachableError) throw error;
    return { key, bytes: size, status: "refused", error };
  }
}
