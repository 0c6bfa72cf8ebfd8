import { CorruptRecordError, UnsupportedRecordError } from "../../errors/index.ts";

/** The version that this library writes, and the latest that it reads. */
const archiveVersion = 1;

export const manifestName = "manifest.json";
/** The last entry. A file without it is incomplete. */
export const endName = "end.json";
/** The longest manifest or end that is read, in bytes. */
export const maxJsonBytes = 16 * 1_024;

/** The first entry of a file. */
export interface ArchiveManifest {
  readonly format: "reprise-archive";
  readonly version: number;
  readonly createdAt: string;
  /** The prefix of the exported keys. */
  readonly prefix: string;
  /** The version of the library that wrote the file. */
  readonly libraryVersion: string;
}

/** The content of the last entry. */
export interface ArchiveEnd {
  readonly records: number;
}

/** What became of one record. */
export interface RecordOutcome {
  /** The key; in a damaged file of records, the name of the entry. */
  readonly key: string;
  /** The length of the record in bytes. */
  readonly bytes: number;
  /** `"done"`: it was exported or imported. `"skipped"`: it had expired, or was there before. `"refused"`: `error` says why. */
  readonly status: "done" | "skipped" | "refused";
  /** Why it was refused. */
  readonly error?: Error;
}

export function recordName(index: number): string {
  return `records/${String(index).padStart(8, "0")}.rprs`;
}

export function isRecordName(name: string): boolean {
  return name.startsWith("records/") && name.endsWith(".rprs");
}

export function createManifest(
  given: Pick<ArchiveManifest, "createdAt" | "prefix" | "libraryVersion">,
): ArchiveManifest {
  return { format: "reprise-archive", version: archiveVersion, ...given };
}

/** Throws `CorruptRecordError` unless `json` is a manifest, `UnsupportedRecordError` for a later version. */
export function assertManifest(json: unknown): void {
  const { format, version } = (json ?? {}) as { [Name in keyof ArchiveManifest]?: unknown };
  if (format !== "reprise-archive" || typeof version !== "number") throw noArchive();
  if (version > archiveVersion) {
    throw new UnsupportedRecordError(
      `The file has version ${version} of the archive format; this version of reprise reads ${archiveVersion}. Update reprise`,
    );
  }
}

/** The number of records in a complete file. Throws `CorruptRecordError` if `json` doesn't tell. */
export function recordsOfEnd(json: unknown): number {
  const { records } = (json ?? {}) as { [Name in keyof ArchiveEnd]?: unknown };
  if (typeof records === "number") return records;
  throw new CorruptRecordError(`The entry ${endName} of the file can't be read`);
}

export function noArchive(cause?: unknown): CorruptRecordError {
  return new CorruptRecordError(
    "This is no file of `reprise export` or exportRecords: a tar archive that begins with manifest.json",
    {
      cause,
    },
  );
}
