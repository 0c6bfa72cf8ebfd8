import { RepriseError } from "./reprise-error.ts";

/** The call needs a run, and no flow or task is running. */
export class MissingContextError extends RepriseError {
  override readonly name = "MissingContextError";
  override readonly code = "MISSING_CONTEXT";
}
