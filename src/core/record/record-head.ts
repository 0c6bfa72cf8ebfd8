import { CorruptRecordError, InvalidArgumentError } from "../../errors/index.ts";
import type { ResultRecordMetadata } from "./result-record-metadata.ts";

/** The longest head, in bytes with its padding. Servers send heads in headers, and lists hold many. */
export const maxHeadBytes = 16 * 1_024;
const maxTypeLength = 64;
const maxDepth = 8;

/** Fields of a head that a later version wrote and this one doesn't know. */
export type UnknownHeadFields = Readonly<Record<string, unknown>>;

export interface DecodedHead {
  metadata: ResultRecordMetadata;
  unknownFields: UnknownHeadFields | undefined;
  /** The checksum of the body, eight hex digits. Present only if the head is part of a record. */
  checksum: string | undefined;
}

/**
 * The head's JSON, for storages that keep metadata apart from the record. `etag` is not part of it. Throws
 * `InvalidArgumentError` for an invalid date, and for a serializer whose description no reader would accept.
 */
export function encodeHeadText(metadata: ResultRecordMetadata, unknownFields?: UnknownHeadFields): string {
  const { storageKey, createdAt, expiration, serializer, libraryVersion, storageId, size, token } = metadata;
  const { staleFor, tags, isError, inputs, generation } = metadata;
  if (!isDescription(serializer)) {
    throw new InvalidArgumentError(
      `A serializer needs a type of at most ${maxTypeLength} characters with one compression, and options that are nested at most ${maxDepth} deep; got "${serializer.type}"`,
      { key: storageKey },
    );
  }
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
    staleFor,
    tags,
    isError,
    inputs,
    generation,
  });
}

type Check = (value: unknown) => boolean;

const requiredFields: Readonly<Record<string, Check>> = {
  storageKey: isString,
  createdAt: isIsoTime,
  serializer: isDescription,
  libraryVersion: isString,
};
const optionalFields: Readonly<Record<string, Check>> = {
  checksum: isString,
  expiration: isIsoTime,
  storageId: isString,
  size: isCount,
  token: isCount,
  staleFor: isCount,
  tags: (value) => Array.isArray(value) && value.every(isString),
  isError: (value) => value === true,
  inputs: (value) => isObject(value) && Object.values(value).every(isString),
  generation: isCount,
};

/** The reverse of `encodeHeadText`. Throws `CorruptRecordError` if a field is missing or has the wrong type. */
export function decodeHeadText(text: string): DecodedHead {
  if (text.length > maxHeadBytes) throw invalid("length");
  return decodeHeadFields(parse(text));
}

/** Does the same for parsed JSON. */
export function decodeHeadFields(fields: unknown): DecodedHead {
  if (!isObject(fields)) throw invalid("head");
  const unknownFields = { ...fields };
  const known: Record<string, unknown> = {};
  for (const [name, is] of Object.entries({ ...requiredFields, ...optionalFields })) {
    const value = unknownFields[name];
    delete unknownFields[name];
    if (value === undefined && name in optionalFields) continue;
    if (!is(value)) throw invalid(name);
    known[name] = is === isIsoTime ? new Date(value as string) : value;
  }
  if (!isShallow(unknownFields)) throw invalid("head");
  const { checksum, ...metadata } = known;
  return {
    metadata: metadata as unknown as ResultRecordMetadata,
    unknownFields: Object.keys(unknownFields).length > 0 ? unknownFields : undefined,
    checksum: checksum as string | undefined,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CorruptRecordError("The head of the record is no JSON", { cause });
  }
}

function invalid(field: string): CorruptRecordError {
  return new CorruptRecordError(`The head of the record has no valid "${field}"`);
}

function toIso(date: Date, field: string): string {
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError(`${field} is an invalid Date`);
  return date.toISOString();
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

/** Whether it has the form of `toISOString`. `Date` alone would accept "1", in local time. */
function isIsoTime(value: unknown): boolean {
  return isString(value) && /^[-+\d]+-\d\d-\d\dT.*Z$/.test(value) && !Number.isNaN(Date.parse(value));
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDescription(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { type } = value;
  const isName = isString(type) && type.length <= maxTypeLength && type.split("compressed/").length <= 2;
  return isName && isShallow(value);
}

/** Whether objects are nested at most `depth` times, so that nobody's stack runs out. */
export function isShallow(value: unknown, depth = maxDepth): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((each) => isShallow(each, depth - 1));
}
