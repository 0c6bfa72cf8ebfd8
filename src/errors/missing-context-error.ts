import { RepriseError } from "./reprise-error.ts";

/** Code that belongs to a run was called where no flow or task is running. */
export class MissingContextError extends RepriseError {
  override readonly name = "MissingContextError";
  readonly code = "MISSING_CONTEXT";
}
