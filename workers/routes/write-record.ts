import { decodeHead, decodeRecord, encodeRecord, type EncodedRecord } from "../../src/core/record/record-format.ts";
import type { ResultStorage, StorageWriteOptions } from "../../src/core/storages/result-storage.ts";
import { InvalidArgumentError, InvalidatedError, RecordNotFoundError } from "../../src/errors/index.ts";
import { clockOffset, clockTolerance, shiftTimes } from "../../src/http/requests/clock.ts";
import {
  type Beginning,
  decodeBeginning,
  headers,
  foundUnderLock,
  quoteEtag,
  recordMediaType,
  unknownPlace,
} from "../../src/http/requests/protocol.ts";
import { permitWrite } from "../access/write-permit.ts";
import type { ApiContext } from "../requests/api-context.ts";
import { show } from "../requests/parse-fields.ts";
import { assertMediaType, readBytes } from "../requests/read-body.ts";
import { conditionEtag, textHeader } from "../requests/read-request.ts";
import { tooLarge } from "../requests/refusal.ts";
import { readJudged } from "./read-record.ts";
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
  const clock = clocksOf(c);
  const sent = await readBytes(c);
  const { maxRecordBytes = Infinity } = storage.capabilities;
  if (sent.length > maxRecordBytes) throw tooLarge(maxRecordBytes);
  const { bytes, metadata } = datedRecord(sent, key, clock);
  const beginning = beginningOf(c);
  const permit = await permitWrite(c, key, options.locks(c.env), beginning !== undefined);
  const asked: StorageWriteOptions = { metadata, ...permit, ifMatch, ifNoneMatch };
  const given = { ...asked, ...(await sinceOf(storage, key, asked, beginning)) };
  const written = await storage.write(key, bytes, given).catch(async (error: unknown) => {
    // a record that was invalidated is none for the client, which found nothing
    const mayBeHidden = error instanceof InvalidatedError && given.found === null;
    if (!mayBeHidden || (await readJudged(storage, key, { fresh: true }))) throw error;
    return storage.write(key, bytes, { ...given, found: undefined });
  });
  c.header("ETag", quoteEtag(written.etag));
  const { generation } = written.bytes ? decodeHead(written.bytes, key) : {};
  if (generation !== undefined) c.header(headers.recordGeneration, String(generation));
  return c.body(null, 204);
}

function beginningOf(c: ApiContext): Beginning | undefined {
  const text = textHeader(c, headers.since);
  return text === undefined ? undefined : decodeBeginning(text);
}

/**
 * The place of a computed value for the storage. The smaller of the client's generation and the server's own counts. A lock, or the
 * condition that there is no record, stands in for a place that the storage has not given.
 */
async function sinceOf(
  storage: ResultStorage,
  key: string,
  { metadata, grant }: StorageWriteOptions,
  beginning: Beginning | undefined,
): Promise<Partial<StorageWriteOptions>> {
  if (!beginning) return {};
  const { place, generation = 0 } = beginning;
  const underLock = foundUnderLock(place);
  if (underLock && !grant) throw new InvalidArgumentError(`${headers.since} names a lock that the request does not`);
  return {
    metadata: storage.generation === undefined ? metadata : { ...metadata, generation },
    ...underLock,
    since: underLock || place === unknownPlace ? await storage.begin?.(key, { grant, ...underLock }) : place,
    ...(place === unknownPlace && { ifNoneMatch: "*" }),
  };
}

/** Milliseconds since 1970 when a request arrived, by the clocks here and there. */
interface Clocks {
  readonly here: number;
  /** Absent if the client doesn't say. */
  readonly there: number | undefined;
}

function clocksOf(c: ApiContext): Clocks {
  const there = c.req.header(headers.now);
  if (there === undefined || /^\d{1,15}$/.test(there))
    return { here: Date.now(), there: there === undefined ? there : Number(there) };
  throw new InvalidArgumentError(`${headers.now} has to be milliseconds since 1970; got ${show(there)}`);
}

/**
 * The record by the Worker's clock, and never from the future. It lives as long as the client has said. Decoding the body
 * throws if the record is damaged or of an unknown version.
 */
function datedRecord(sent: Uint8Array, key: string, { here, there = here }: Clocks): EncodedRecord {
  const { metadata, body, unknownFields } = decodeRecord(sent, key);
  const offset = clockOffset(there, here);
  const created = metadata.createdAt.getTime();
  const isAhead = created + offset > here + (offset ? 0 : clockTolerance);
  const dated = shiftTimes({ ...metadata, size: body.length }, isAhead ? here - created : offset);
  return isAhead || offset ? encodeRecord(dated, body, unknownFields) : { bytes: sent, metadata: dated };
}

/** Deletes a record under the caller's lock. */
export async function deleteRecord(c: ApiContext, options: RouteOptions): Promise<Response> {
  const key = c.get("key");
  refuseConditions(c);
  const permit = await permitWrite(c, key, options.locks(c.env));
  if (!(await c.get("storage").delete(key, permit))) {
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
