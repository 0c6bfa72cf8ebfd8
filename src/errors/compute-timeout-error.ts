import { RepriseError } from "./reprise-error.ts";

/** The computation took longer than `computeTimeout`. Its signal has aborted, and its value is not kept. */
export class ComputeTimeoutError extends RepriseError {
  override readonly name = "ComputeTimeoutError";
  override readonly code = "COMPUTE_TIMEOUT";
}
