import { AccessDeniedError } from "../../src/errors/index.ts";
import { Refusal } from "../requests/refusal.ts";
import { tokenAudience } from "./token-key.ts";

/** Refuses a caller without a valid token. A request without any token gets no `error` (RFC 6750, 3.1). */
export function unauthorized(detail: string, error?: "invalid_token"): Refusal {
  return Refusal.of(new AccessDeniedError(detail), 401, challenge(detail, error));
}

/** Refuses a caller whose token does not allow the request. */
export function forbidden(detail: string): Refusal {
  return Refusal.of(
    new AccessDeniedError(detail),
    403,
    challenge("The token does not allow this", "insufficient_scope"),
  );
}

function challenge(description: string, error: string | undefined): Record<string, string> {
  const fields = error === undefined ? "" : `, error="${error}", error_description="${description}"`;
  return { "www-authenticate": `Bearer realm="${tokenAudience}"${fields}` };
}
