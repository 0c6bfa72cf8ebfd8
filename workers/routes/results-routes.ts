import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { decodeHead, decodeRecord } from "../../src/core/record/record-format.ts";
import type { ResultRecordMetadata } from "../../src/core/record/result-record-metadata.ts";
import type { ResultStorage, StorageReadOptions, StoredHead } from "../../src/core/storages/result-storage.ts";
import { InvalidArgumentError, RecordNotFoundError } from "../../src/errors/index.ts";
import { headers, metadataToJson, quoteEtag, recordMediaType, resultsPath } from "../../src/http/protocol.ts";
import type { ApiContext, ApiEnv, ApiRoute } from "../api/api-context.ts";
import type { ResolvedApiOptions } from "../api/api-options.ts";
import { listRecords } from "./list-records.ts";
import { tooLarge } from "../api/problems.ts";
import { assertMediaType, conditionEtag, textHeader } from "../api/requests.ts";
import { permitWrite } from "../access/write-permit.ts";

const path = `${resultsPath}/:key`;

export function resultsRoutes(options: ResolvedApiOptions): ApiRoute[] {
  const withStorage: MiddlewareHandler<ApiEnv> = async (c, next) => {
    const storage = options.storage(c.env);
    c.set("storage", storage);
    await next();
    // asked afterwards, since it may have learned it on the way
    c.header(headers.consistency, storage.capabilities.consistency);
  };
  const { maxRecordBytes } = options;
  const limit = bodyLimit({
    maxSize: maxRecordBytes,
    onError: () => {
      throw tooLarge(maxRecordBytes);
    },
  });
  const before = [withStorage];
  const write = (c: ApiContext) => writeRecord(c, options);
  const remove = (c: ApiContext) => deleteRecord(c, options);
  return [
    { method: "GET", path: resultsPath, operation: "list", before, handle: listRecords },
    // routers give `HEAD` to it too
    { method: "GET", path, operation: "read", before, handle: readRecord },
    { method: "PUT", path, operation: "write", before: [withStorage, limit], handle: write },
    { method: "DELETE", path, operation: "delete", before, handle: remove },
  ];
}

async function readRecord(c: ApiContext): Promise<Response> {
  const storage = c.get("storage");
  const key = c.get("key");
  const fresh = /(?:^|[\s,])no-cache(?:[\s,]|$)/i.test(c.req.header("Cache-Control") ?? "");
  const isHead = c.req.method === "HEAD";
  const found = isHead ? await readHead(storage, key, { fresh }) : await storage.read(key, { fresh });
  if (!found) throw new RecordNotFoundError(`There is no record "${key}"`, { key });
  const etag = quoteEtag(found.etag);
  c.header("ETag", etag);
  // whoever keeps a copy asks whether it still holds, each time
  c.header("Cache-Control", "private, no-cache");
  if ("isCopy" in found && found.isCopy) c.header(headers.source, "copy");
  if ("metadata" in found) c.header(headers.metadata, encodeMetadata(found));
  if (isOneOf(etag, c.req.header("If-None-Match"))) return c.body(null, 304);
  c.header("Content-Type", recordMediaType);
  return "bytes" in found ? c.body(found.bytes as Uint8Array<ArrayBuffer>) : c.body(null);
}

async function readHead(
  storage: ResultStorage,
  key: string,
  options: StorageReadOptions,
): Promise<StoredHead | undefined> {
  if (storage.head) return storage.head(key, options);
  const record = await storage.read(key, options);
  return record && { metadata: decodeHead(record.bytes, key), etag: record.etag };
}

function encodeMetadata({ metadata, etag }: StoredHead): string {
  return encodeURIComponent(JSON.stringify(metadataToJson({ ...metadata, etag })));
}

/** The weak comparison that `If-None-Match` asks for. */
function isOneOf(etag: string, condition: string | undefined): boolean {
  const etags = condition?.split(",").map((each) => each.trim().replace(/^W\//, "")) ?? [];
  return etags.includes(etag) || etags.includes("*");
}

async function writeRecord(c: ApiContext, options: ResolvedApiOptions): Promise<Response> {
  const key = c.get("key");
  assertMediaType(c, recordMediaType);
  const ifMatch = conditionEtag(c, "If-Match");
  const ifNoneMatch = c.req.header("If-None-Match");
  if (ifNoneMatch !== undefined && ifNoneMatch !== "*") {
    throw new InvalidArgumentError(`If-None-Match of a write has to be *; got ${ifNoneMatch}`);
  }
  const storage = c.get("storage");
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  const { maxRecordBytes = Infinity } = storage.capabilities;
  if (bytes.length > maxRecordBytes) throw tooLarge(maxRecordBytes);
  const metadata = checkRecord(bytes, key);
  const etag = textHeader(c, headers.copyEtag);
  const grant = await permitWrite(c, key, options.locks(c.env));
  const written = await storage.write(key, bytes, { metadata, grant, ifMatch, ifNoneMatch, etag });
  c.header("ETag", quoteEtag(written.etag));
  return c.body(null, 204);
}

/** The metadata of a whole record that this version can read; asking for its body throws for any other. */
function checkRecord(bytes: Uint8Array, key: string): ResultRecordMetadata {
  const { metadata, body } = decodeRecord(bytes, key);
  return { ...metadata, size: body.length };
}

async function deleteRecord(c: ApiContext, options: ResolvedApiOptions): Promise<Response> {
  const key = c.get("key");
  refuseConditions(c);
  const grant = await permitWrite(c, key, options.locks(c.env));
  if (!(await c.get("storage").delete(key, { grant })))
    throw new RecordNotFoundError(`There is no record "${key}"`, { key });
  return c.body(null, 204);
}

/** Storages delete whatever is there. A condition that can't be kept must not be passed over (RFC 9110, 13.1.1). */
function refuseConditions(c: ApiContext): void {
  for (const name of ["If-Match", "If-None-Match"]) {
    if (c.req.header(name) === undefined) continue;
    throw new InvalidArgumentError(`A deletion has no conditions; got ${name}`);
  }
}
