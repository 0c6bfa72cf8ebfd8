import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { headers } from "../../src/http/requests/protocol.ts";
import type { ApiContext, ApiEnv } from "../requests/api-context.ts";
import type { AccessOptions } from "./access-options.ts";
import { isLocal, needsNoToken } from "./local-access.ts";

/** Seconds for which a browser may keep the answer to a preflight. No browser keeps it for longer. */
const preflightSeconds = 7_200;

const requestHeaders = ["Authorization", "Cache-Control", "Content-Type", "If-Match", "If-None-Match"];
const answerHeaders = ["ETag", "Retry-After", "WWW-Authenticate"];

/** Answers preflights, and tells browsers which pages may read the answers. */
export function crossOrigin(options: AccessOptions): MiddlewareHandler<ApiEnv> {
  const own = Object.values(headers);
  const shared = {
    allowMethods: ["GET", "HEAD", "PUT", "POST", "DELETE"],
    allowHeaders: [...requestHeaders, ...own],
    exposeHeaders: [...answerHeaders, ...own],
    maxAge: preflightSeconds,
  };
  const isSame = options.allowedOrigins === "*";
  const forAll = cors({ ...shared, origin: "*" });
  const forSome = cors({ ...shared, origin: (origin, c) => allowedOrigin(origin, c, options) });
  // answers that are the same for all origins don't vary by them, so that caches keep one
  return (c, next) => (isSame && !needsNoToken(c, options) ? forAll : forSome)(c, next);
}

/** The origin that may read the answer. If the request needs no token, only pages of this machine may. */
function allowedOrigin(origin: string, c: ApiContext, options: AccessOptions): string | undefined {
  const { allowedOrigins } = options;
  if (needsNoToken(c, options)) return isLocal(origin) ? origin : undefined;
  return allowedOrigins !== "*" && allowedOrigins.includes(origin) ? origin : undefined;
}
