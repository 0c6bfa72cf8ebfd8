import { mapConcurrently } from "../../core/concurrency/map-concurrently.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import type { StorageListOptions, StorageListPage } from "../../core/storages/result-storage.ts";
import { callBinding, concurrentCalls } from "../bindings/binding-calls.ts";
import type { KvBinding, KvList } from "../bindings/bindings.ts";
import { hashedPrefix, isHashed } from "./kv-keys.ts";
import { openCursor, sealCursor } from "../bindings/list-cursor.ts";

/** The longest page that KV lists. */
const maxPage = 1_000;

/** An entry of a KV list. */
export type KvName = KvList["keys"][number];

/** Plain keys come first, in KV's order, then hashed keys. */
type Part = "plain" | "hashed";

/** A page of the metadata that `toMetadata` returns for the names. Names without metadata are left out. */
export async function listKeys(
  namespace: KvBinding,
  { prefix = "", cursor, limit = maxPage, signal }: StorageListOptions,
  toMetadata: (name: KvName) => Promise<ResultRecordMetadata | undefined>,
): Promise<StorageListPage> {
  let place: string | undefined = cursor === undefined ? "plain:" : openCursor(prefix, cursor);
  const records: ResultRecordMetadata[] = [];
  while (place !== undefined && records.length < limit) {
    const [part, at] = parsePlace(place);
    const asked = { prefix: part === "plain" ? prefix : hashedPrefix, limit: limit - records.length };
    const page = await listNames(namespace, { ...asked, ...(at && { cursor: at }) }, signal);
    const names = page.keys.filter(({ name }) => part === "hashed" || !isHashed(name));
    const found = await mapConcurrently(names, concurrentCalls, toMetadata);
    records.push(...found.filter((metadata) => metadata?.storageKey.startsWith(prefix)).filter(isPresent));
    place = nextPlace(part, page);
  }
  const isMore = place !== undefined && (place !== "hashed:" || (await hasHashed(namespace, signal)));
  return isMore ? { records, cursor: sealCursor(prefix, place!) } : { records };
}

export function listNames(
  namespace: KvBinding,
  options: { prefix?: string; limit?: number; cursor?: string },
  signal?: AbortSignal,
): Promise<KvList> {
  return callBinding("KV list", () => namespace.list(options), { signal });
}

async function hasHashed(namespace: KvBinding, signal: AbortSignal | undefined): Promise<boolean> {
  const { keys, list_complete: isComplete } = await listNames(namespace, { prefix: hashedPrefix, limit: 1 }, signal);
  return keys.length > 0 || !isComplete;
}

function parsePlace(place: string): [Part, string] {
  const part: Part = place.startsWith("plain:") ? "plain" : "hashed";
  return [part, place.slice(part.length + 1)];
}

function nextPlace(part: Part, { list_complete: isComplete, cursor }: KvList): string | undefined {
  if (!isComplete) return `${part}:${cursor}`;
  return part === "plain" ? "hashed:" : undefined;
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}
