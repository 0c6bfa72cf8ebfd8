import { mapConcurrently } from "../../core/concurrency/map-concurrently.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import type { StorageListOptions, StorageListPage } from "../../core/storages/result-storage.ts";
import { concurrentCalls } from "../bindings/binding-calls.ts";
import type { R2Head } from "../bindings/bindings.ts";
import { openCursor, sealCursor } from "../bindings/list-cursor.ts";
import type { R2Objects } from "./r2-objects.ts";

/** The longest page that R2 lists. */
const maxPage = 1_000;

export interface WalkOptions {
  prefix?: string | undefined;
  startAfter?: string | undefined;
  /** Returns how many objects are still needed. Called before each page. */
  wanted?: () => number;
  signal?: AbortSignal | undefined;
}

/** Yields page after page. R2's pages may be shorter than requested. */
export async function* walkObjects(
  objects: R2Objects,
  { prefix, startAfter, wanted = () => maxPage, signal }: WalkOptions,
): AsyncGenerator<R2Head[], void, undefined> {
  let cursor: string | undefined;
  do {
    const from = cursor === undefined ? startAfter !== undefined && { startAfter } : { cursor };
    const page = await objects.list({ ...(prefix && { prefix }), ...from, limit: Math.min(wanted(), maxPage) }, signal);
    yield page.objects;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}

/** A page of the metadata that `toMetadata` returns for the objects. Objects without metadata are left out. */
export async function listObjects(
  objects: R2Objects,
  { prefix = "", cursor, limit = maxPage, signal }: StorageListOptions,
  toMetadata: (object: R2Head) => Promise<ResultRecordMetadata | undefined>,
): Promise<StorageListPage> {
  const startAfter = cursor === undefined ? undefined : openCursor(prefix, cursor);
  const records: ResultRecordMetadata[] = [];
  // one more than requested shows whether there is a next page
  const wanted = () => limit + 1 - records.length;
  for await (const page of walkObjects(objects, { prefix, startAfter, wanted, signal })) {
    const found = await mapConcurrently(page, concurrentCalls, toMetadata);
    records.push(...found.filter((metadata) => metadata !== undefined));
    if (records.length > limit) break;
  }
  if (records.length <= limit) return { records };
  const kept = records.slice(0, limit);
  return { records: kept, cursor: sealCursor(prefix, kept.at(-1)!.storageKey) };
}
