import type { MiddlewareHandler } from "hono";
import { ConfigurationError, isRepriseError, type RepriseError } from "../../src/errors/index.ts";
import { operations } from "../../src/http/requests/protocol.ts";
import type { Access, ApiContext, ApiEnv } from "../requests/api-context.ts";
import { Refusal } from "../requests/refusal.ts";
import type { AccessOptions } from "./access-options.ts";
import { unauthorized } from "./access-refusals.ts";
import { isFromHere, localAllowance, needsNoToken } from "./local-access.ts";
import { publicAccess } from "./public-results.ts";
import { secretAdvice } from "./token-key.ts";
import { verifyAuthorization } from "./verify-token.ts";

/** Checks the caller's token, and keeps with the request what the token allows. */
export function authenticate(options: AccessOptions): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    c.set("access", await accessOf(c, options));
    await next();
  };
}

async function accessOf(c: ApiContext, options: AccessOptions): Promise<Access> {
  const everybody = publicAccess(c, options);
  if (everybody) return everybody;
  if (needsNoToken(c, options)) {
    if (isFromHere(c)) return { prefix: "", operations };
    throw unauthorized(
      "Without a token only this machine and its pages are answered: set REPRISE_SECRET, and send a token signed with it",
    );
  }
  const secret = options.secret(c.env);
  if (!secret) throw notSetUp(new ConfigurationError(noSecret));
  try {
    return await verifyAuthorization(c.req.header("Authorization"), secret);
  } catch (error) {
    if (isRepriseError(error) && error.code === "CONFIGURATION") throw notSetUp(error);
    throw error;
  }
}

const noSecret =
  "This Worker answers nobody: REPRISE_SECRET, or the result of the option secret, is missing. " +
  `${secretAdvice}, or, to go without tokens on localhost, REPRISE_WITHOUT_TOKEN="${localAllowance}"`;

function notSetUp(error: RepriseError): Refusal {
  return Refusal.of(error, 503);
}
