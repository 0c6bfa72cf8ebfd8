import type { ApiContext } from "../requests/api-context.ts";
import type { AccessOptions, AccessVariables } from "./access-options.ts";

/** The value of `REPRISE_WITHOUT_TOKEN` that allows requests without a token. */
export const localAllowance = "allowed on localhost";

/** The platform and proxies name the addresses of callers. */
const addressHeaders = ["CF-Connecting-IP", "X-Forwarded-For", "X-Real-IP"];
const loopback = /^(127(\.\d+){3}|::1|::ffff:127(\.\d+){3})$/i;

const localHosts: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Whether the request needs no token: there is no secret, the variable allows it, and the URL is of this machine. */
export function needsNoToken(c: ApiContext, { secret }: Pick<AccessOptions, "secret">): boolean {
  const { REPRISE_WITHOUT_TOKEN } = c.env as AccessVariables;
  return !secret(c.env) && REPRISE_WITHOUT_TOKEN === localAllowance && isLocal(c.req.url);
}

/**
 * Whether nobody elsewhere made the request. Others reach this machine's Worker by its address or a proxy, and pages of other
 * origins through this machine's browser: a simple request of a page has no `Origin`, but every browser names its site.
 */
export function isFromHere(c: ApiContext): boolean {
  const addresses = addressHeaders.flatMap((name) => c.req.header(name)?.split(/\s*,\s*/) ?? []);
  if (!addresses.every((address) => loopback.test(address))) return false;
  const origin = c.req.header("Origin");
  return origin === undefined ? c.req.header("Sec-Fetch-Site") !== "cross-site" : isLocal(origin);
}

/** Whether a URL or an origin is of this machine. */
export function isLocal(url: string): boolean {
  return URL.canParse(url) && localHosts.includes(new URL(url).hostname);
}
