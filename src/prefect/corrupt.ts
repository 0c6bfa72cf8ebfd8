import { CorruptRecordError, type RepriseErrorOptions } from "../errors/index.ts";

/** The error for bytes that Prefect did not write, or that are damaged. */
export function corrupt(reason: string, options?: RepriseErrorOptions): CorruptRecordError {
  return new CorruptRecordError(`This is no result file of Prefect's: ${reason}`, options);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
