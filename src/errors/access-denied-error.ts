import { RepriseError } from "./reprise-error.ts";

/** The server refused the call: the token is missing, wrong or expired, or does not allow this key or operation. */
export class AccessDeniedError extends RepriseError {
  override readonly name = "AccessDeniedError";
  override readonly code = "ACCESS_DENIED";
}
