import { RepriseError } from "./reprise-error.ts";

/** The value began to be computed before its key was invalidated, deleted or written, so it is not kept. */
export class InvalidatedError extends RepriseError {
  override readonly name = "InvalidatedError";
  override readonly code = "INVALIDATED";
}
