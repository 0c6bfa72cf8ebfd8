import { errors, jwtVerify } from "jose";
import type { Access } from "../requests/api-context.ts";
import { unauthorized } from "./access-refusals.ts";
import { tokenAlgorithm, tokenAudience, toTokenKey } from "./token-key.ts";

const expired = "The token has expired: send a new one. A function as token of remote() is called again";
const notOurs = "The token is not valid: it has to come from mintToken, with the REPRISE_SECRET of this Worker";

/** The access that the `Authorization` header gives. Rejects with a `Refusal`, or with `ConfigurationError` for a secret that is missing or short. */
export async function verifyAuthorization(header: string | undefined, secret: string): Promise<Access> {
  const key = toTokenKey(secret);
  if (header === undefined)
    throw unauthorized("The request has no token: pass token to remote(), or send Authorization: Bearer <token>");
  const token = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (token === undefined) throw unauthorized("The Authorization header has to be Bearer <token>");
  try {
    const requirements = { algorithms: [tokenAlgorithm], audience: tokenAudience, requiredClaims: ["exp"] };
    const { payload } = await jwtVerify(token, key, requirements);
    return toAccess(payload);
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw unauthorized(expired, "invalid_token");
    if (error instanceof errors.JOSEError) throw unauthorized(notOurs, "invalid_token");
    throw error;
  }
}

/** A signed token whose claims are not those of `mintToken` allows nothing. */
function toAccess({ prefix, operations }: Readonly<Record<string, unknown>>): Access {
  if (typeof prefix === "string" && Array.isArray(operations)) return { prefix, operations };
  throw unauthorized("The token says no prefix and operations: make it with mintToken", "invalid_token");
}
