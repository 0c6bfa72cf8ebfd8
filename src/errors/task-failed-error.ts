import { RepriseError } from "./reprise-error.ts";

/** A deferred call failed for good and is not retried until it is deferred again. `key` is the key of its result. */
export class TaskFailedError extends RepriseError {
  override readonly name = "TaskFailedError";
  override readonly code = "TASK_FAILED";
}
