import type { ResultRecordMetadata, ResultStore } from "reprise";
import { keyPrefix, type PageOptions } from "../density/settings.ts";
import { edgeStore, localStore } from "./stores.ts";

/** A record, and where it lies. */
export interface PlacedRecord {
  readonly metadata: ResultRecordMetadata;
  readonly here: boolean;
  readonly edge: boolean;
}

/** The records of this browser, and where the edge is used those that it has of this space. Rejects where either can't be listed. */
export async function listRecords({ edge, space }: PageOptions): Promise<PlacedRecord[]> {
  const there = edge && edgeStore ? await listAll(edgeStore, keyPrefix(space)) : [];
  // after the edge: a copy of what just came from there is on its way to the database
  const here = await listAll(localStore, "");
  const placed = new Map<string, PlacedRecord>();
  for (const metadata of there) placed.set(metadata.storageKey, { metadata, here: false, edge: true });
  for (const metadata of here) {
    placed.set(metadata.storageKey, { metadata, here: true, edge: placed.has(metadata.storageKey) });
  }
  return [...placed.values()].sort((a, b) => (a.metadata.storageKey < b.metadata.storageKey ? -1 : 1));
}

async function listAll(store: ResultStore, prefix: string): Promise<ResultRecordMetadata[]> {
  const records: ResultRecordMetadata[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ prefix, cursor, allowExpired: true });
    records.push(...page.records);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return records;
}
