import { PreconditionFailedError } from "../../errors/index.ts";
import type { ScopeOptions } from "../../core/options/call-options.ts";
import { decodeHead } from "../../core/record/record-format.ts";
import { ResultRecord } from "../../core/record/result-record.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { storageIn } from "../../core/store/changes.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import { describeTarget } from "../words/describe-event.ts";
import { countOf } from "../words/format.ts";

export type Scope = ScopeOptions["scope"];

/** A record as the storage has it. */
export interface FoundRecord {
  /** Absent if the head can't be read. */
  readonly metadata?: ResultRecordMetadata;
  /** The record if its result can be read here, or the reason why not. */
  readonly outcome: { readonly record: ResultRecord } | { readonly error: unknown };
}

/** Looks at a record. It emits no events and waits for no lock. `undefined`: there is none. */
export async function findRecord(store: ResultStore, key: string, scope: Scope): Promise<FoundRecord | undefined> {
  const stored = await storageIn(store.resultStorage, scope).read(key, { fresh: scope === undefined });
  if (!stored) return undefined;
  const { bytes, etag } = stored;
  let metadata: ResultRecordMetadata | undefined;
  try {
    metadata = { ...decodeHead(bytes, key), etag };
    const record = await ResultRecord.deserialize(bytes, { key, serializer: store.serializer });
    // throws the reason if it can't be read
    void record.result;
    record.metadata.etag = etag;
    return { metadata, outcome: { record } };
  } catch (error) {
    return { ...(metadata && { metadata }), outcome: { error } };
  }
}

// Each of these actions resolves to its outcome in words.

/** Gives a record another expiration, or none. Everything else stays, and a record that has taken its place stays too. */
export async function changeExpiration(
  store: ResultStore,
  record: ResultRecord,
  expiration: Date | undefined,
): Promise<string> {
  const { storageKey: key, etag } = record.metadata;
  if (expiration?.getTime() === record.expiration?.getTime()) return `“${key}” keeps its expiration.`;
  if (expiration) record.metadata.expiration = expiration;
  else delete record.metadata.expiration;
  try {
    await store.persistResultRecord(record, { ifMatch: etag });
  } catch (error) {
    if (!(error instanceof PreconditionFailedError)) throw error;
    return `“${key}” was replaced or deleted after you opened it, so its expiration was not changed. Open it again.`;
  }
  return `“${key}” ${expiration ? `expires at ${expiration.toISOString()}` : "never expires"}.`;
}

export async function expireKey(store: ResultStore, key: string, scope: Scope): Promise<string> {
  await store.invalidate(key, { mode: "expire", scope });
  return `“${key}” has expired.`;
}

export async function deleteKey(store: ResultStore, key: string, scope: Scope): Promise<string> {
  const wasThere = await store.delete(key, { scope });
  return wasThere ? `“${key}” is deleted.` : `“${key}” was gone already.`;
}

/** Deletes records that have expired. */
export async function sweep(store: ResultStore): Promise<string> {
  const { expired, evicted } = await store.sweep();
  return `${countOf(expired, "expired record")} deleted${evicted > 0 ? `, and ${evicted} more to make room` : ""}.`;
}

/** Deletes or expires all records whose key begins with `prefix`. */
export async function endMatching(
  store: ResultStore,
  { prefix, scope }: { readonly prefix: string; readonly scope: Scope },
  mode: "expire" | "delete",
): Promise<string> {
  const target = prefix === "" ? "all" : { prefix };
  if (target === "all" && mode === "delete") await store.clear({ scope });
  else await store.invalidate(target, { mode, scope });
  const words = describeTarget(target);
  return `${words[0]!.toUpperCase()}${words.slice(1)} ${mode === "expire" ? "have expired" : "are deleted"}.`;
}
