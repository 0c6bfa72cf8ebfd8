import type { MiddlewareHandler } from "hono";
import { ConfigurationError, isRepriseError, type RepriseError } from "../../src/errors/index.ts";
import { operations } from "../../src/http/protocol.ts";
import type { ApiContext, ApiEnv } from "../api/api-context.ts";
import type { ResolvedApiOptions } from "../api/api-options.ts";
import { unauthorized, verifyAuthorization, type Access } from "./auth.ts";
import type { Env } from "../api/env.ts";
import { Refusal } from "../api/problems.ts";

const allowance = "allowed on localhost";
const localHosts: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Lets in whom a token lets in, and keeps what it allows with the request. */
export function authenticate(options: ResolvedApiOptions): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    c.set("access", await accessOf(c, options));
    await next();
  };
}

async function accessOf(c: ApiContext, options: ResolvedApiOptions): Promise<Access> {
  if (isOpen(c, options)) {
    const origin = c.req.header("Origin");
    // browsers send simple requests of any page without asking first
    if (origin === undefined || isLocal(origin)) return { prefix: "", operations };
    throw unauthorized("Without a token only pages of this machine are answered");
  }
  const secret = options.secret(c.env);
  if (!secret) throw notSetUp(new ConfigurationError(`Nobody is answered without a secret. ${advice}`));
  try {
    return await verifyAuthorization(c.req.header("Authorization"), secret);
  } catch (error) {
    if (isRepriseError(error) && error.code === "CONFIGURATION") throw notSetUp(error);
    throw error;
  }
}

const advice =
  "Set one of at least 32 bytes with `npx wrangler secret put REPRISE_SECRET`, or, for development only, " +
  `the variable REPRISE_WITHOUT_TOKEN = "${allowance}"`;

function notSetUp(error: RepriseError): Refusal {
  return Refusal.of(error, 503);
}

/** Whether the request needs no token: there is no secret, the variable says so, and it is for this very machine. */
function isOpen(c: ApiContext, { secret }: ResolvedApiOptions): boolean {
  const { REPRISE_WITHOUT_TOKEN } = c.env as Partial<Env>;
  return !secret(c.env) && REPRISE_WITHOUT_TOKEN === allowance && isLocal(c.req.url);
}

/** The origin that a browser is told may read the answer. Where no token is needed, only pages of this machine. */
export function allowedOrigin(origin: string, c: ApiContext, options: ResolvedApiOptions): string | undefined {
  const { allowedOrigins } = options;
  if (isOpen(c, options)) return isLocal(origin) ? origin : undefined;
  if (allowedOrigins === "*") return "*";
  return allowedOrigins.includes(origin) ? origin : undefined;
}

function isLocal(url: string): boolean {
  return URL.canParse(url) && localHosts.includes(new URL(url).hostname);
}
