import type { LockGrant } from "../../core/locks/result-lock-manager.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import type { ResultStorage, StorageWriteOptions, StoredRecord } from "../../core/storages/result-storage.ts";
import { randomId } from "../../core/support/random-id.ts";
import { isExpired } from "../../core/record/is-expired.ts";
import { decodeHead, encodeRecord } from "../../core/record/record-format.ts";
import { assert } from "../cases/assert.ts";
import { asyncDispose } from "../../core/concurrency/async-dispose.ts";

/** The storages that a case of the storage contract uses. */
export interface StorageScene {
  /** Without records. */
  readonly one: ResultStorage;
  /** Another storage over the same records, if there is one; otherwise `one` again. */
  readonly other: ResultStorage;
}

export type StoragePlay = (scene: StorageScene) => Promise<void>;

export interface SampleOptions extends Omit<StorageWriteOptions, "metadata"> {
  expiration?: Date | undefined;
  createdAt?: Date | undefined;
  body?: Uint8Array | undefined;
  tags?: readonly string[] | undefined;
  staleFor?: number | undefined;
}

/** A valid record; without `body`, a small one with random contents. */
export function sample(key: string, { expiration, createdAt, body, tags, staleFor, grant }: SampleOptions = {}) {
  const metadata: ResultRecordMetadata = {
    storageKey: key,
    createdAt: createdAt ?? new Date(),
    serializer: { type: "json" },
    libraryVersion: "0.0.0",
    storageId: "contract/one",
  };
  if (expiration) metadata.expiration = expiration;
  if (tags) metadata.tags = tags;
  if (staleFor !== undefined) metadata.staleFor = staleFor;
  if (grant) metadata.token = grant.token;
  return encodeRecord(metadata, body ?? new TextEncoder().encode(JSON.stringify(randomId())));
}

/** Writes a sample and returns it, as the storage has kept it. */
export async function put(storage: ResultStorage, key: string, options: SampleOptions = {}): Promise<StoredRecord> {
  const { expiration, createdAt, body, tags, staleFor, ...conditions } = options;
  const { bytes, metadata } = sample(key, options);
  const written = await storage.write(key, bytes, { metadata, ...conditions });
  return { bytes: written.bytes ?? bytes, etag: written.etag };
}

export async function mustRead(storage: ResultStorage, key: string): Promise<StoredRecord> {
  const record = await storage.read(key);
  assert(record, `there is no record under ${nameOf(key)}`);
  return record;
}

/** Asserts that exactly this record is under the key. Without `etag`, any etag will do. */
export async function expectRecord(
  storage: ResultStorage,
  key: string,
  { bytes, etag }: { bytes: Uint8Array; etag?: string },
): Promise<void> {
  const found = await mustRead(storage, key);
  const difference = found.bytes.findIndex((byte, index) => byte !== bytes[index]);
  assert(
    found.bytes.length === bytes.length,
    `${nameOf(key)} has ${found.bytes.length} bytes instead of ${bytes.length}`,
  );
  assert(difference < 0, `${nameOf(key)} has another byte at ${difference}`);
  assert(etag === undefined || found.etag === etag, `${nameOf(key)} has the etag ${found.etag} instead of ${etag}`);
}

/** How a record stands for whoever reads it now. */
export async function stateOf(storage: ResultStorage, key: string): Promise<"gone" | "expired" | "fresh"> {
  const stored = await storage.read(key, { fresh: true });
  if (!stored) return "gone";
  const metadata = decodeHead(stored.bytes, key);
  const judged = await storage.judge?.(metadata, { fresh: true });
  if (judged) return judged.mode === "delete" ? "gone" : "expired";
  return isExpired(metadata, Date.now()) ? "expired" : "fresh";
}

function nameOf(key: string): string {
  return JSON.stringify(key.slice(0, 40));
}

/** A grant from a lock manager that keeps its leases outside the storage. */
export function grantWith(key: string, token: number): LockGrant {
  return {
    key,
    holder: `holder-${token}`,
    token,
    takenOver: false,
    signal: new AbortController().signal,
    async [asyncDispose]() {},
  };
}
