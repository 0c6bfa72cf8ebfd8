import { RepriseError } from "./reprise-error.ts";

/** A write with `ifMatch` or `ifNoneMatch` found a different record from the one it asked for. Nothing was written. */
export class PreconditionFailedError extends RepriseError {
  override readonly name = "PreconditionFailedError";
  override readonly code = "PRECONDITION_FAILED";
}
