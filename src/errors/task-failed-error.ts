import { RepriseError } from "./reprise-error.ts";

/** A deferred call failed for good: no further try will be made until it is deferred again. `key` is where its result was to be kept. */
export class TaskFailedError extends RepriseError {
  override readonly name = "TaskFailedError";
  override readonly code = "TASK_FAILED";
}
