import { CorruptRecordError, InvalidArgumentError } from "../../errors/index.ts";
import type { SerializerDescription } from "../serializers/serializer.ts";
import type { ResultRecordMetadata } from "./result-record-metadata.ts";

/** What a later version wrote into a head and this one doesn't know. */
export type UnknownHeadFields = Readonly<Record<string, unknown>>;

export interface DecodedHead {
  metadata: ResultRecordMetadata;
  unknownFields: UnknownHeadFields | undefined;
  /** Of the body, eight hex digits; only where a record is around the head. */
  checksum: string | undefined;
}

/** The head's JSON, for storages that keep metadata apart from the record. `etag` is not part of it. */
export function encodeHeadText(metadata: ResultRecordMetadata, unknownFields?: UnknownHeadFields): string {
  const { storageKey, createdAt, expiration, serializer, libraryVersion, storageId, size, token } = metadata;
  return JSON.stringify({
    ...unknownFields,
    checksum: undefined,
    storageKey,
    createdAt: toIso(createdAt, "createdAt"),
    expiration: expiration && toIso(expiration, "expiration"),
    serializer,
    libraryVersion,
    storageId,
    size,
    token,
  });
}

/** The opposite of `encodeHeadText`. Throws `CorruptRecordError` where a field is missing or of the wrong kind. */
export function decodeHeadText(text: string): DecodedHead {
  const fields = parseObject(text);
  const {
    checksum,
    storageKey,
    createdAt,
    expiration,
    serializer,
    libraryVersion,
    storageId,
    size,
    token,
    ...unknownFields
  } = fields;
  const metadata: ResultRecordMetadata = {
    storageKey: check(isString, storageKey, "storageKey"),
    createdAt: toDate(createdAt, "createdAt"),
    serializer: check(isDescription, serializer, "serializer"),
    libraryVersion: check(isString, libraryVersion, "libraryVersion"),
  };
  if (expiration !== undefined) metadata.expiration = toDate(expiration, "expiration");
  if (storageId !== undefined) metadata.storageId = check(isString, storageId, "storageId");
  if (size !== undefined) metadata.size = check(isCount, size, "size");
  if (token !== undefined) metadata.token = check(isCount, token, "token");
  return {
    metadata,
    unknownFields: Object.keys(unknownFields).length > 0 ? unknownFields : undefined,
    checksum: checksum === undefined ? undefined : check(isString, checksum, "checksum"),
  };
}

function parseObject(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new CorruptRecordError("The head of the record is no JSON", { cause });
  }
  return check(isObject, parsed, "head");
}

function check<T>(is: (value: unknown) => value is T, value: unknown, field: string): T {
  if (!is(value)) throw new CorruptRecordError(`The head of the record has no valid "${field}"`);
  return value;
}

function toDate(text: unknown, field: string): Date {
  return new Date(check(isIsoTime, text, field));
}

function toIso(date: Date, field: string): string {
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError(`${field} is an invalid Date`);
  return date.toISOString();
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

/** As `toISOString` writes it: `Date` alone would take "1", in local time. */
function isIsoTime(value: unknown): value is string {
  return isString(value) && /^[-+\d]+-\d\d-\d\dT.*Z$/.test(value) && !Number.isNaN(Date.parse(value));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDescription(value: unknown): value is SerializerDescription {
  return isObject(value) && isString(value["type"]);
}
