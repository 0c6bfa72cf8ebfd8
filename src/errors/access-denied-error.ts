import { RepriseError } from "./reprise-error.ts";

/** The server refused the call: no token, one that is wrong or has expired, or one that is not for this key or operation. */
export class AccessDeniedError extends RepriseError {
  override readonly name = "AccessDeniedError";
  override readonly code = "ACCESS_DENIED";
}
