import { RepriseError } from "./reprise-error.ts";

/** An argument that can't be meant: an empty key, a negative duration, something that is no function. */
export class InvalidArgumentError extends RepriseError {
  override readonly name = "InvalidArgumentError";
  override readonly code = "INVALID_ARGUMENT";
}
