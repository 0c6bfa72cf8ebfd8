import { RepriseError } from "./reprise-error.ts";

/** The bytes are no record, or part of the record is damaged or missing. No part of it is returned. */
export class CorruptRecordError extends RepriseError {
  override readonly name = "CorruptRecordError";
  override readonly code = "CORRUPT_RECORD";
}
