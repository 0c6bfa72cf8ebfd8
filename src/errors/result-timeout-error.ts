import { RepriseError } from "./reprise-error.ts";

/** The result of a deferred call was not kept within the `timeout` of `result()`. The call itself goes on. */
export class ResultTimeoutError extends RepriseError {
  override readonly name = "ResultTimeoutError";
  override readonly code = "RESULT_TIMEOUT";
}
