import { errors, jwtVerify } from "jose";
import type { Access } from "../requests/api-context.ts";
import { unauthorized } from "./access-refusals.ts";
import { tokenAlgorithm, tokenAudience, toTokenKey } from "./token-key.ts";

/** The access that the `Authorization` header gives. Rejects with a `Refusal`, or with `ConfigurationError` for a short secret. */
export async function verifyAuthorization(header: string | undefined, secret: string): Promise<Access> {
  const key = toTokenKey(secret);
  if (header === undefined) throw unauthorized("The request has no token: send Authorization: Bearer <token>");
  const token = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (token === undefined) throw unauthorized("The Authorization header is not Bearer <token>");
  try {
    const requirements = { algorithms: [tokenAlgorithm], audience: tokenAudience, requiredClaims: ["exp"] };
    const { payload } = await jwtVerify(token, key, requirements);
    return toAccess(payload);
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw unauthorized("The token has expired", "invalid_token");
    if (error instanceof errors.JOSEError) throw unauthorized("The token is not valid", "invalid_token");
    throw error;
  }
}

/** A signed token whose claims are not those of `mintToken` allows nothing. */
function toAccess({ prefix, operations }: Readonly<Record<string, unknown>>): Access {
  if (typeof prefix === "string" && Array.isArray(operations)) return { prefix, operations };
  throw unauthorized("The token does not say what it allows", "invalid_token");
}
