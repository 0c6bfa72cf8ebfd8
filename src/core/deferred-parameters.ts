import { RecordNotFoundError } from "../errors/index.ts";
import { hashTextSync } from "./hash.ts";
import { decodeRecord } from "./record-format.ts";
import { ResultRecord } from "./result-record.ts";
import type { ResultStorage } from "./result-storage.ts";
import type { DeferredJob } from "./task-scheduler.ts";

/** How long parameters are kept that nobody deletes: a job that has ended does so itself. */
export const parametersLifetime = "7d";

/** Where the parameters of the call whose result is kept under `key` lie: the same call has one place. */
export function parametersKeyOf(key: string): string {
  return `parameters/${hashTextSync(key)}`;
}

/** The arguments of a call. Rejects with `CorruptRecordError` or `UnsupportedRecordError` where they can't be read here. */
export async function decodeParameters({ key, parameters }: DeferredJob): Promise<unknown> {
  return (await ResultRecord.deserialize(parameters, { key: parametersKeyOf(key) })).result;
}

/** Keeps the bytes as they came, until the job has ended. */
export async function keepParameters(storage: ResultStorage, { key, parameters }: DeferredJob): Promise<void> {
  const place = parametersKeyOf(key);
  const { metadata, body } = decodeRecord(parameters, place);
  await storage.write(place, parameters, { metadata: { ...metadata, size: body.length } });
}

/** Rejects with `RecordNotFoundError` where they are gone. */
export async function fetchParameters(storage: ResultStorage, key: string): Promise<Uint8Array> {
  const place = parametersKeyOf(key);
  const stored = await storage.read(place, { fresh: true });
  if (stored) return stored.bytes;
  throw new RecordNotFoundError(`The parameters of the deferred call "${key}" are not in the storage`, { key: place });
}
