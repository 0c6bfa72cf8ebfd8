import { createTarPacker } from "modern-tar";
import { isRepriseError, StorageError } from "../../errors/index.ts";
import { decodeRecord } from "../record/record-format.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import { libraryVersion } from "../record/version.ts";
import { listStorage, readManyFrom } from "../storages/storage-fallbacks.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import {
  createManifest,
  endName,
  manifestName,
  recordName,
  type ArchiveEnd,
  type RecordOutcome,
} from "./archive-format.ts";
import { batches } from "./batches.ts";

export interface ExportRecordsOptions {
  /** Only keys that begin with this. Default: all. */
  prefix?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Called with every record that was read, also with a damaged one, which is left out. */
  onRecord?: ((outcome: RecordOutcome) => void) | undefined;
}

type AddEntry = (name: string, bytes: Uint8Array, mtime?: Date) => Promise<void>;

/**
 * The records of a storage as a tar archive. Reads as fast as the stream is read. Records that are written meanwhile may be missing.
 * The stream fails with the storage's error, with `ConfigurationError` if the storage can't list, and with the signal's reason.
 */
export function exportRecords(storage: ResultStorage, options: ExportRecordsOptions = {}): ReadableStream<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const add: AddEntry = async (name, bytes, mtime = new Date()) => {
    const writer = controller.add({ name, size: bytes.length, mtime }).getWriter();
    if (bytes.length > 0) await writer.write(bytes);
    await writer.close();
  };
  writeEntries(storage, options, add)
    .then(() => controller.finalize())
    .catch((error: unknown) => controller.error(error));
  return readable;
}

async function writeEntries(storage: ResultStorage, options: ExportRecordsOptions, add: AddEntry): Promise<void> {
  const { prefix = "", signal, onRecord } = options;
  await add(manifestName, toJson(createManifest({ createdAt: new Date().toISOString(), prefix, libraryVersion })));
  let records = 0;
  for await (const batch of batches(listAll(storage, options), ({ size = 0 }) => size)) {
    const keys = batch.map(({ storageKey }) => storageKey);
    for (const [i, stored] of (await readManyFrom(storage, keys, { signal })).entries()) {
      // it was deleted since it was listed
      if (!stored) continue;
      const outcome = check(keys[i]!, stored.bytes);
      if (!outcome.error) await add(recordName(++records), stored.bytes);
      onRecord?.(outcome);
    }
  }
  await add(endName, toJson({ records } satisfies ArchiveEnd));
}

/** The metadata of all records with a prefix, page by page. */
export async function* listAll(
  storage: ResultStorage,
  { prefix, signal }: Pick<ExportRecordsOptions, "prefix" | "signal"> = {},
): AsyncGenerator<ResultRecordMetadata> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await listStorage(storage, { prefix, cursor, signal });
    yield* page.records;
    cursor = page.cursor;
    if (cursor !== undefined && seen.size === seen.add(cursor).size) {
      throw new StorageError("The storage named a page of its list twice, so the list would never end");
    }
  } while (cursor !== undefined);
}

function check(key: string, bytes: Uint8Array): RecordOutcome {
  try {
    decodeRecord(bytes, key);
    return { key, bytes: bytes.length, status: "done" };
  } catch (error) {
    if (!isRepriseError(error)) throw error;
    return { key, bytes: bytes.length, status: "refused", error };
  }
}

function toJson(json: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(json));
}
