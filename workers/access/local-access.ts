import type { ApiContext } from "../requests/api-context.ts";
import type { AccessOptions, AccessVariables } from "./access-options.ts";

/** The value of `REPRISE_WITHOUT_TOKEN` that allows requests without a token. */
export const localAllowance = "allowed on localhost";

const localHosts: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Whether the request needs no token: there is no secret, the variable allows it, and the URL is of this machine. */
export function needsNoToken(c: ApiContext, { secret }: Pick<AccessOptions, "secret">): boolean {
  const { REPRISE_WITHOUT_TOKEN } = c.env as AccessVariables;
  return !secret(c.env) && REPRISE_WITHOUT_TOKEN === localAllowance && isLocal(c.req.url);
}

/** Whether a URL or an origin is of this machine. */
export function isLocal(url: string): boolean {
  return URL.canParse(url) && localHosts.includes(new URL(url).hostname);
}
