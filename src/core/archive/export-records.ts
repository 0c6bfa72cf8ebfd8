import { isRepriseError, StorageError } from "../../errors/index.ts";
import { expireRecord } from "../record/expire-record.ts";
import { decodeRecord } from "../record/record-format.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import { libraryVersion } from "../record/version.ts";
import { listStorage, readManyFrom } from "../storages/storage-fallbacks.ts";
import type { ResultStorage, StoredRecord } from "../storages/result-storage.ts";
import { storageIn } from "../store/changes.ts";
import type { ResultStore } from "../store/result-store.ts";
import { assertStore } from "../store/store-internals.ts";
import { assertOptions } from "../support/assert-options.ts";
import {
  createManifest,
  endName,
  manifestName,
  recordName,
  type ArchiveEnd,
  type RecordOutcome,
} from "./archive-format.ts";
import { batches } from "./batches.ts";
import { tarEnd, tarFile } from "./tar.ts";

/** The options of `exportRecords`. */
export interface ExportRecordsOptions {
  /** Only keys that begin with this. Default: all. */
  prefix?: string | undefined;
  /** `"local"`: only the records of this browser, for a store with a `remote`. Default: those of the Worker. */
  scope?: "local" | undefined;
  /** Ends the stream with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called with every record that was read, also with a damaged one, which is left out. */
  onRecord?: ((outcome: RecordOutcome) => void) | undefined;
}

export const exportOptionNames = ["prefix", "scope", "signal", "onRecord"] as const;

/** How many bytes wait to be read. */
const bufferedBytes = 8 * 1_024 * 1_024;

/**
 * The records of a store as a stream: a tar archive, whose first file is a manifest. Records keep their bytes, so the store
 * needs no serializer to read them. Expired records are in it as long as a stale result may be served. Records that are
 * written meanwhile may be missing. About 16 MiB, or one longer record, are in memory, however slowly the stream is read.
 *
 * The stream fails with the storage's error, with `ConfigurationError` if the storage can't list, and with the signal's
 * reason. Throws `ConfigurationError` for an unknown option.
 *
 * @example
 * ```ts
 * const file = await new Response(exportRecords(store, { prefix: "maps/" })).blob();
 * await importRecords(createResultStore({ name: "copy" }), file);
 * ```
 */
export function exportRecords(
  store: ResultStore,
  options: ExportRecordsOptions = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  assertStore(store, "exportRecords");
  assertOptions("exportRecords", options, exportOptionNames);
  const chunks = chunksOf(storageIn(store.resultStorage, options.scope), options);
  const { signal } = options;
  let stop: (() => void) | undefined;
  const end = () => signal?.removeEventListener("abort", stop!);
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        stop = () => controller.error(signal!.reason);
        if (signal?.aborted) stop();
        signal?.addEventListener("abort", stop);
      },
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (signal?.aborted) return;
          if (!done) return controller.enqueue(value as Uint8Array<ArrayBuffer>);
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        end();
      },
      cancel() {
        end();
        void chunks.return(undefined);
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: bufferedBytes }),
  );
}

async function* chunksOf(storage: ResultStorage, options: ExportRecordsOptions): AsyncGenerator<Uint8Array, undefined> {
  const { prefix = "", signal, onRecord } = options;
  yield* tarFile(manifestName, toJson(createManifest({ createdAt: new Date().toISOString(), prefix, libraryVersion })));
  let records = 0;
  for await (const batch of batches(listAll(storage, options), ({ size = 0 }) => size)) {
    const keys = batch.map(({ storageKey }) => storageKey);
    for (const [i, stored] of (await readManyFrom(storage, keys, { signal })).entries()) {
      const found = stored && (await check(storage, keys[i]!, stored));
      // it was deleted since it was listed
      if (!found) continue;
      const { bytes, ...outcome } = found;
      if (!outcome.error) yield* tarFile(recordName(++records), bytes);
      onRecord?.({ ...outcome, bytes: bytes.length });
    }
  }
  yield* tarFile(endName, toJson({ records } satisfies ArchiveEnd));
  yield tarEnd();
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

/** The record as an invalidation leaves it, with its outcome. */
async function check(
  storage: ResultStorage,
  key: string,
  { bytes }: StoredRecord,
): Promise<(Omit<RecordOutcome, "bytes"> & { readonly bytes: Uint8Array }) | undefined> {
  try {
    const { metadata } = decodeRecord(bytes, key);
    const judged = await storage.judge?.(metadata, {});
    if (judged?.mode === "delete") return undefined;
    const expired = judged && expireRecord(bytes, key, judged.at);
    return { key, bytes: expired?.bytes ?? bytes, status: "done" };
  } catch (error) {
    if (!isRepriseError(error)) throw error;
    return { key, bytes, status: "refused", error };
  }
}

function toJson(json: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(json));
}
