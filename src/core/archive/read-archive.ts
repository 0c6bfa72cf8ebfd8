import { CorruptRecordError, isRepriseError } from "../../errors/index.ts";
import * as format from "./archive-format.ts";
import { readTar, type TarFile } from "./tar.ts";

/** No record in R2 or KV has more bytes. */
export const maxRecordBytes = 2 ** 26;

/** A record of the file; without `bytes` if it was too long. */
export interface ArchivedRecord {
  readonly name: string;
  readonly size: number;
  readonly bytes?: Uint8Array;
}

/** The records of an archive. Throws as `importRecords` does. */
export async function* readArchive(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ArchivedRecord> {
  let hasManifest = false;
  let expected: number | undefined;
  let records = 0;
  try {
    for await (const file of readTar(stream, signal)) {
      const { name, size } = file;
      if (!hasManifest) {
        if (name !== format.manifestName) throw format.noArchive();
        format.assertManifest(await jsonOf(file));
        hasManifest = true;
      } else if (format.isRecordName(name)) {
        records++;
        yield size <= maxRecordBytes ? { name, size, bytes: await file.read() } : { name, size };
      } else if (name === format.endName) expected = format.recordsOfEnd(await jsonOf(file));
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (isRepriseError(error)) throw error;
    throw hasManifest ? endsEarly(records, error) : format.noArchive(error);
  }
  if (!hasManifest) throw format.noArchive();
  if (expected !== records) throw endsEarly(records);
}

function endsEarly(records: number, cause?: unknown): CorruptRecordError {
  return new CorruptRecordError(`The file is damaged or ends early. It was read up to record ${records}`, { cause });
}

async function jsonOf(file: TarFile): Promise<unknown> {
  if (file.size > format.maxJsonBytes) return undefined;
  const bytes = await file.read();
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
