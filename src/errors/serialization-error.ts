import { RepriseError } from "./reprise-error.ts";

/** A value that can't be turned into bytes, or bytes that can't be turned back. `path` leads to the place in the value. */
export class SerializationError extends RepriseError {
  override readonly name = "SerializationError";
  override readonly code = "SERIALIZATION";
}
