import { RepriseError } from "./reprise-error.ts";

/** A record of a later format version, or of a serializer that is not registered here. It is left as it is. */
export class UnsupportedRecordError extends RepriseError {
  override readonly name = "UnsupportedRecordError";
  override readonly code = "UNSUPPORTED_RECORD";
}
