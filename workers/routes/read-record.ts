import type {
  ResultStorage,
  StorageReadOptions,
  StoredHead,
  StoredRecord,
} from "../../src/core/storages/result-storage.ts";
import { headStorage } from "../../src/core/storages/storage-fallbacks.ts";
import { RecordNotFoundError } from "../../src/errors/index.ts";
import {
  headers,
  maxMetadataHeader,
  metadataToJson,
  quoteEtag,
  recordMediaType,
} from "../../src/http/requests/protocol.ts";
import type { PublicResults } from "../access/access-options.ts";
import type { ApiContext } from "../requests/api-context.ts";
import { cacheTagsOf, notStored, publicCacheControl, variesBy } from "./cache-headers.ts";
import { judgeHead, judgeRecord, tryHead } from "./judge-record.ts";
import type { RouteOptions } from "./route-options.ts";

/** Answers `GET` with a record, and `HEAD` with its metadata. */
export async function readRecord(c: ApiContext, { publicResults }: RouteOptions): Promise<Response> {
  const storage = c.get("storage");
  const key = c.get("key");
  const fresh = /(?:^|[\s,])no-cache(?:[\s,]|$)/i.test(c.req.header("Cache-Control") ?? "");
  const isHead = c.req.method === "HEAD";
  const found = isHead ? await readHead(storage, key, { fresh }) : await readJudged(storage, key, { fresh });
  if (!found) throw new RecordNotFoundError(`There is no record "${key}"`, { key });
  const etag = quoteEtag(found.etag);
  c.header("ETag", etag);
  if ("isCopy" in found && found.isCopy) c.header(headers.source, "copy");
  if (publicResults) c.header("Vary", variesBy);
  const isForCaches = publicResults && c.get("access").isPublic && !fresh;
  // a client that keeps a copy has to revalidate it each time
  const control = isForCaches ? allowCaches(c, found, publicResults) : "private, no-cache";
  c.header("Cache-Control", control);
  const metadata = "metadata" in found ? encodeMetadata(found) : "";
  if (metadata && metadata.length <= maxMetadataHeader) c.header(headers.metadata, metadata);
  // a cache may have the record as it was before an invalidation expired it, under the same etag
  if (control !== notStored && isOneOf(etag, c.req.header("If-None-Match"))) return c.body(null, 304);
  c.header("Content-Type", recordMediaType);
  return "bytes" in found ? c.body(found.bytes as Uint8Array<ArrayBuffer>) : c.body(null);
}

/** The `Cache-Control` that lets caches keep the answer. They may give it to others later, when it is a copy in any case. */
function allowCaches(c: ApiContext, found: StoredHead | StoredRecord, { maxAge }: PublicResults): string {
  const key = c.get("key");
  const metadata = "metadata" in found ? found.metadata : tryHead(found.bytes, key);
  const control = metadata ? publicCacheControl(metadata, maxAge, Date.now()) : notStored;
  if (!metadata || control === notStored) return notStored;
  c.header("Cache-Tag", cacheTagsOf({ keys: [key], tags: metadata.tags }).join(","));
  c.header(headers.source, "copy");
  return control;
}

async function readHead(
  storage: ResultStorage,
  key: string,
  options: StorageReadOptions,
): Promise<StoredHead | undefined> {
  const head = await headStorage(storage, key, options);
  return head && judgeHead(storage, head, options);
}

export async function readJudged(
  storage: ResultStorage,
  key: string,
  options: StorageReadOptions,
): Promise<StoredRecord | undefined> {
  const record = await storage.read(key, options);
  return record && judgeRecord(storage, key, record, options);
}

function encodeMetadata({ metadata, etag }: StoredHead): string {
  return encodeURIComponent(JSON.stringify(metadataToJson({ ...metadata, etag })));
}

/** `If-None-Match` compares weakly (RFC 9110, 13.1.2). */
function isOneOf(etag: string, condition: string | undefined): boolean {
  const etags = condition?.split(",").map((each) => each.trim().replace(/^W\//, "")) ?? [];
  return etags.includes(etag) || etags.includes("*");
}
