import { RepriseError } from "./reprise-error.ts";

/** An argument is invalid: an empty key, a negative duration, or a value that should be a function. */
export class InvalidArgumentError extends RepriseError {
  override readonly name = "InvalidArgumentError";
  override readonly code = "INVALID_ARGUMENT";
}
