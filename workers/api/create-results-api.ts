import { Hono, type MiddlewareHandler } from "hono";
import { InvalidArgumentError } from "../../src/errors/index.ts";
import { apiRoot, headers, openApiPath } from "../../src/http/requests/protocol.ts";
import { authenticate } from "../access/authenticate.ts";
import { crossOrigin } from "../access/cross-origin.ts";
import { openApiDocument } from "../openapi/openapi-document.ts";
import { answerError } from "../requests/answer-error.ts";
import type { ApiEnv } from "../requests/api-context.ts";
import { unknownRoute } from "../requests/refusal.ts";
import { deferredRoutes } from "../routes/deferred-routes.ts";
import { invalidationsRoutes } from "../routes/invalidations-routes.ts";
import { locksRoutes } from "../routes/locks-routes.ts";
import { resultsRoutes } from "../routes/results-routes.ts";
import { addRoutes, refuseOtherMethods } from "./add-routes.ts";
import { resolveApiOptions, type ResultsApiOptions } from "./api-options.ts";
import type { Env } from "./env.ts";

/** Paths that would belong to a route if their key were not empty. */
const keyless = /\/(?:results|locks|deferred)\/(?:\/\w+)?$/;

/**
 * Creates the HTTP API of results, locks and deferred calls, as a Hono app. Deploy it as it is, or mount it in your own
 * Worker. Throws `InvalidArgumentError` for bad options.
 *
 * @example
 * ```ts
 * const app = new Hono<{ Bindings: Env }>();
 * app.route("/cache", createResultsApi());
 * export { ResultLock };
 * export default app;
 * ```
 */
export function createResultsApi<Bindings extends object = Env>(
  options: ResultsApiOptions<Bindings> = {},
): Hono<ApiEnv> {
  const resolved = resolveApiOptions(options);
  const api = new Hono<ApiEnv>();
  api.onError((error, c) => answerError(error, c, resolved.onError));
  api.notFound((c) => {
    throw unknownRoute(c.req.path);
  });
  api.use(`${apiRoot}/*`, crossOrigin(resolved), forbidSniffing, tellTime);
  api.get(openApiPath, (c) => {
    // it names the host, which is no part of the keys of caches in front of Workers
    c.header("Cache-Control", "no-store");
    return c.json(openApiDocument(c.req.url.slice(0, c.req.url.indexOf(openApiPath))));
  });
  refuseOtherMethods(api, openApiPath, ["GET"]);
  api.use(`${apiRoot}/*`, authenticate(resolved));
  addRoutes(api, [
    ...resultsRoutes(resolved),
    ...invalidationsRoutes(resolved),
    ...locksRoutes(resolved),
    ...deferredRoutes(resolved),
  ]);
  // an app that mounts the API would otherwise answer these paths itself
  api.all(`${apiRoot}/*`, (c) => {
    throw keyless.test(c.req.path)
      ? new InvalidArgumentError("A storage key can't be empty")
      : unknownRoute(c.req.path);
  });
  return api;
}

/** A record may hold any bytes, and a browser must not render them as a page. */
const forbidSniffing: MiddlewareHandler<ApiEnv> = async (c, next) => {
  c.header("X-Content-Type-Options", "nosniff");
  await next();
};

/** A client whose clock is wrong corrects the times in the answer by the difference. An answer from a cache would tell an old time. */
const tellTime: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next();
  if (c.res.headers.get("Cache-Control")?.startsWith("public")) return;
  c.header(headers.now, String(Date.now()));
};
