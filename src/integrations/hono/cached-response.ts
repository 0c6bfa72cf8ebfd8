import type { Context, MiddlewareHandler } from "hono";
import { answerRequest, look } from "./answer-request.ts";
import { behindOf } from "./background.ts";
import { type CachedResponseOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { Passes } from "./kept-response.ts";
import { computing, ResponseComputation } from "./response-computation.ts";
import type { CacheStatus } from "./response-headers.ts";
import { responseKey } from "./response-key.ts";
import { finish } from "./send-response.ts";
import { directivesOf } from "./sharing.ts";

/**
 * Middleware for an app of Hono. Its type has no class of Hono, since TypeScript tells the classes of two copies apart: it also fits
 * an app whose Hono has another version than that of this package.
 */
export type CachedResponseMiddleware = (
  c: { readonly req: { readonly raw: Request } },
  next: () => Promise<void>,
) => Promise<void>;

/**
 * Middleware that keeps the responses of a route. The first request runs the handler, and later requests in any region get
 * its response. Requests that come meanwhile wait for it.
 *
 * It keeps the responses to GET that a shared cache may keep (RFC 9111), and answers HEAD from them. `Cache-Status` tells
 * what it did (RFC 9211). Throws `ConfigurationError` for unknown options, and `InvalidArgumentError` for bad durations.
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { cachedResponse } from "reprise/hono";
 *
 * const app = new Hono();
 * const cached = cachedResponse({ store, expiresIn: "1h", staleWhileRevalidate: "1d", tags: ["maps"] });
 * app.get("/map/:city", cached, (c) => c.text(draw(c.req.param("city"))));
 * ```
 */
export function cachedResponse(given: CachedResponseOptions): CachedResponseMiddleware {
  const options = resolveOptions(given);
  const passes = new Passes();
  const middleware: MiddlewareHandler = async (c, next) => {
    if (computing.has(c.req) || c.req.raw.headers.has("Upgrade")) return next();
    const bypass = await whyBypassed(c, options);
    if (bypass) {
      await next();
      return finish(c, options.vary, bypass);
    }
    const key = await responseKey(c, options);
    const computation = new ResponseComputation({ c, next, options, key, behind: behindOf(c, middleware), passes });
    const { method, headers } = c.req.raw;
    const control = directivesOf(headers);
    const isLook = method === "HEAD" || control.has("no-store") || control.has("only-if-cached");
    return isLook ? look(computation, control.has("only-if-cached")) : answerRequest(computation);
  };
  return middleware as CachedResponseMiddleware;
}

/** Headers of requests whose responses are for themselves. A cache answers no condition that protects a change (RFC 9111, 4.3.2). */
const headersOfOne = ["range", "authorization", "if-match", "if-unmodified-since"];

/** The status of a request that is not for the store. */
async function whyBypassed(c: Context, { vary, bypass }: ResolvedOptions): Promise<CacheStatus | undefined> {
  const { method, headers } = c.req.raw;
  if (method !== "GET" && method !== "HEAD") return { fwd: "method" };
  const isHidden = (name: string) => headers.has(name) && !vary.includes(name);
  const header = [...headersOfOne, ...(bypass ? [] : ["cookie"])].find(isHidden);
  if (header) return { fwd: "bypass", detail: header };
  return bypass && (await bypass(c)) ? { fwd: "bypass" } : undefined;
}
