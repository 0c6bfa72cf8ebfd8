import { RepriseError } from "./reprise-error.ts";

/** A value can't be turned into bytes, or bytes can't be turned back into a value. `path` leads to the place in the value. */
export class SerializationError extends RepriseError {
  override readonly name = "SerializationError";
  override readonly code = "SERIALIZATION";
}
