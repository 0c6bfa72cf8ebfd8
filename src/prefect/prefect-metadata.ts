import { isShallow } from "../core/record/record-head.ts";
import type { ResultRecordMetadata } from "../core/record/result-record-metadata.ts";
import type { SerializerDescription } from "../core/serializers/serializer.ts";
import { InvalidArgumentError } from "../errors/index.ts";
import { corrupt, isObject } from "./corrupt.ts";
import { fromPrefect, toPrefect } from "./prefect-serializer.ts";

/** Metadata with Prefect's field names in Prefect's order. */
export interface PrefectMetadata {
  storage_key: string | null;
  expiration: string | null;
  serializer: SerializerDescription;
  /** If it is absent, Prefect assumes its own version. */
  prefect_version?: string;
  storage_block_id: string | null;
}

const prefect = "prefect";
const reprise = "reprise ";
const uuid = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;
const isoTime = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[-+]\d\d:\d\d)?$/;

/** Throws `CorruptRecordError` if a field is missing or has the wrong type. */
export function readMetadata(fields: unknown): ResultRecordMetadata {
  if (!isObject(fields)) throw corrupt("its metadata is no object");
  const { serializer } = fields;
  if (!isObject(serializer) || !isSettings(serializer)) throw corrupt("it names no serializer");
  const storageKey = readText(fields, "storage_key");
  const expiration = readText(fields, "expiration");
  const version = readText(fields, "prefect_version");
  const storageId = readText(fields, "storage_block_id");
  return {
    storageKey: storageKey ?? "",
    createdAt: new Date(),
    ...(expiration !== undefined && { expiration: readTime(expiration) }),
    serializer: fromPrefect(serializer),
    libraryVersion: readVersion(version),
    ...(storageId !== undefined && { storageId }),
  };
}

/** The reverse of `readMetadata`. Throws `InvalidArgumentError` for an expiration that Python can't represent. */
export function writeMetadata(metadata: ResultRecordMetadata): PrefectMetadata {
  const { storageKey, expiration, serializer, libraryVersion, storageId } = metadata;
  const version = writeVersion(libraryVersion);
  return {
    storage_key: storageKey === "" ? null : storageKey,
    expiration: expiration ? writeTime(expiration) : null,
    serializer: toPrefect(serializer),
    ...(version !== undefined && { prefect_version: version }),
    // storage names of this library are no ids of blocks in Prefect, and Prefect accepts UUIDs only
    storage_block_id: storageId !== undefined && uuid.test(storageId) ? storageId : null,
  };
}

function isSettings(serializer: Record<string, unknown>): serializer is SerializerDescription & typeof serializer {
  const { type, compressionlib = "" } = serializer;
  return typeof type === "string" && typeof compressionlib === "string" && isShallow(serializer);
}

function readText(fields: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = fields[name] ?? undefined;
  if (value !== undefined && typeof value !== "string") throw corrupt(`its ${name} is no text`);
  return value;
}

/** A time without a zone is UTC. Digits beyond the millisecond are dropped, since a `Date` can't hold them. */
function readTime(text: string): Date {
  const match = isoTime.exec(text);
  const [, date, time, fraction = "", zone = "Z"] = match ?? [];
  const parsed = new Date(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, "0")}${zone}`);
  if (!match || Number.isNaN(parsed.getTime())) throw corrupt("its expiration is no time");
  return parsed;
}

function writeTime(expiration: Date): string {
  const year = expiration.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) {
    throw new InvalidArgumentError(`Python has dates of the years 1 to 9999; the expiration is ${String(expiration)}`);
  }
  return expiration.toISOString().replace(/\.(\d+)Z$/, (_, ms: string) => (ms === "000" ? "Z" : `.${ms}000Z`));
}

/** Both libraries write this field, each with its own version. */
function readVersion(version: string | undefined): string {
  if (version === undefined) return prefect;
  return version.startsWith(reprise) ? version.slice(reprise.length) : `${prefect} ${version}`;
}

function writeVersion(libraryVersion: string): string | undefined {
  if (libraryVersion === prefect) return undefined;
  const fromPrefectItself = libraryVersion.startsWith(`${prefect} `);
  return fromPrefectItself ? libraryVersion.slice(prefect.length + 1) : reprise + libraryVersion;
}
