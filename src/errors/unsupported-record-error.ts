import { RepriseError } from "./reprise-error.ts";

/** The record has a later format version, or its serializer is not registered here. The record is left unchanged. */
export class UnsupportedRecordError extends RepriseError {
  override readonly name = "UnsupportedRecordError";
  override readonly code = "UNSUPPORTED_RECORD";
}
