import { decodeRecord } from "../../src/core/record/record-format.ts";
import type { ResultRecordMetadata } from "../../src/core/record/result-record-metadata.ts";
import { InvalidArgumentError, RecordNotFoundError } from "../../src/errors/index.ts";
import { headers, quoteEtag, recordMediaType } from "../../src/http/protocol.ts";
import { permitWrite } from "../access/write-permit.ts";
import type { ApiContext } from "../requests/api-context.ts";
import { assertMediaType } from "../requests/read-body.ts";
import { conditionEtag, textHeader } from "../requests/read-request.ts";
import { tooLarge } from "../requests/refusal.ts";
import type { RouteOptions } from "./route-options.ts";

/** Writes a record under the caller's lock, after it checked all of the record. */
export async function writeRecord(c: ApiContext, options: RouteOptions): Promise<Response> {
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

/** The metadata of the record. Decoding the body throws if the record is damaged or of an unknown version. */
function checkRecord(bytes: Uint8Array, key: string): ResultRecordMetadata {
  const { metadata, body } = decodeRecord(bytes, key);
  return { ...metadata, size: body.length };
}

/** Deletes a record under the caller's lock. */
export async function deleteRecord(c: ApiContext, options: RouteOptions): Promise<Response> {
  const key = c.get("key");
  refuseConditions(c);
  const grant = await permitWrite(c, key, options.locks(c.env));
  if (!(await c.get("storage").delete(key, { grant }))) {
    throw new RecordNotFoundError(`There is no record "${key}"`, { key });
  }
  return c.body(null, 204);
}

/** Storages can't delete under a condition, and a server must not ignore one (RFC 9110, 13.1.1). */
function refuseConditions(c: ApiContext): void {
  for (const name of ["If-Match", "If-None-Match"]) {
    if (c.req.header(name) === undefined) continue;
    throw new InvalidArgumentError(`A deletion has no conditions; got ${name}`);
  }
}
