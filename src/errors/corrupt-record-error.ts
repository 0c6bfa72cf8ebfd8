import { RepriseError } from "./reprise-error.ts";

/** Bytes that are no record, or a record of which a bit or a part was lost. Nothing of it is given out. */
export class CorruptRecordError extends RepriseError {
  override readonly name = "CorruptRecordError";
  override readonly code = "CORRUPT_RECORD";
}
