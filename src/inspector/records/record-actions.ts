import { UnsupportedRecordError } from "../../errors/index.ts";
import type { ScopeOptions } from "../../core/options/call-options.ts";
import { changeHead, decodeHead } from "../../core/record/record-format.ts";
import { ResultRecord } from "../../core/record/result-record.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { storageIn } from "../../core/store/changes.ts";
import type { ResultStore } from "../../core/store/result-store.ts";

export type Scope = ScopeOptions["scope"];

/** A record as the storage has it. */
export interface FoundRecord {
  /** Absent if the head can't be read. */
  readonly metadata?: ResultRecordMetadata;
  /** The result, or the reason why it can't be read here. */
  readonly outcome: { readonly value: unknown } | { readonly error: unknown };
}

/** Looks at a record. It emits no events, waits for no lock, and leaves the record unused. `undefined`: there is none. */
export async function findRecord(store: ResultStore, key: string, scope: Scope): Promise<FoundRecord | undefined> {
  const stored = await storageIn(store.resultStorage, scope).read(key);
  if (!stored) return undefined;
  let metadata: ResultRecordMetadata | undefined;
  try {
    metadata = { ...decodeHead(stored.bytes, key), etag: stored.etag };
    const record = await ResultRecord.deserialize(stored.bytes, { key, serializer: store.serializer });
    return { metadata, outcome: { value: record.result } };
  } catch (error) {
    return { ...(metadata && { metadata }), outcome: { error } };
  }
}

/**
 * Gives a record another expiration, or none. Everything else stays. Resolves to whether there was a record. Rejects with
 * `PreconditionFailedError` if the record changes meanwhile, and with `UnsupportedRecordError` if it can't be read here.
 */
export async function changeExpiration(
  store: ResultStore,
  key: string,
  expiration: Date | undefined,
): Promise<boolean> {
  const stored = await store.resultStorage.read(key, { fresh: true });
  if (!stored) return false;
  const changed = changeHead(stored.bytes, key, ({ expiration: _, ...metadata }) => ({
    ...metadata,
    ...(expiration && { expiration }),
  }));
  if (!changed)
    throw new UnsupportedRecordError("The record has a later version, so it can't be changed here", { key });
  const record = await ResultRecord.deserialize(changed.bytes, { key, serializer: store.serializer });
  await store.persistResultRecord(record, { ifMatch: stored.etag });
  return true;
}

/** Deletes or expires all records whose key begins with `prefix`. */
export async function endMatching(
  store: ResultStore,
  prefix: string,
  mode: "expire" | "delete",
  scope: Scope,
): Promise<void> {
  if (prefix === "" && mode === "delete") return store.clear({ scope });
  await store.invalidate(prefix === "" ? "all" : { prefix }, { mode, scope });
}
