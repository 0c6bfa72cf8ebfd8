import { Hono, type MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { InvalidArgumentError } from "../../src/errors/index.ts";
import { apiRoot, headers, openApiPath, type Operation } from "../../src/http/protocol.ts";
import { allowedOrigin, authenticate } from "../access/access.ts";
import type { ApiEnv, ApiRoute } from "./api-context.ts";
import { resolveApiOptions, type ResolvedApiOptions, type ResultsApiOptions } from "./api-options.ts";
import { assertAllowed } from "../access/auth.ts";
import { deferredRoutes } from "../routes/deferred-routes.ts";
import type { Env } from "./env.ts";
import { prefixOf } from "../routes/list-records.ts";
import { locksRoutes } from "../routes/locks-routes.ts";
import { openApiDocument } from "../openapi/openapi.ts";
import { answerError, methodNotAllowed, unknownRoute } from "./problems.ts";
import { keyOf } from "./requests.ts";
import { resultsRoutes } from "../routes/results-routes.ts";

/** Browsers ask before each kind of request, and remember the answer for two hours at most. */
const preflightSeconds = 7_200;

/** Paths that would be a route's if the key in them weren't empty. */
const keyless = /\/(?:results|locks|deferred)\/(?:\/\w+)?$/;

const requestHeaders = ["Authorization", "Cache-Control", "Content-Type", "If-Match", "If-None-Match"];
const answerHeaders = ["ETag", "Retry-After", "WWW-Authenticate"];

/**
 * The HTTP API of results, locks and deferred calls, as a Hono app: deploy it as it is, or mount it in a Worker of your own. Throws
 * `InvalidArgumentError` for options that can't be meant.
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
  api.notFound(() => {
    throw unknownRoute();
  });
  api.use(`${apiRoot}/*`, crossOrigin(resolved), sniffNothing);
  api.get(openApiPath, (c) => c.json(openApiDocument(c.req.url.slice(0, c.req.url.indexOf(openApiPath)))));
  refuseOtherMethods(api, openApiPath, ["GET"]);
  api.use(`${apiRoot}/*`, authenticate(resolved));
  addRoutes(api, [...resultsRoutes(resolved), ...locksRoutes(resolved), ...deferredRoutes(resolved)]);
  // so that it also ends here where the API is mounted
  api.all(`${apiRoot}/*`, (c) => {
    throw keyless.test(c.req.path) ? new InvalidArgumentError("A storage key can't be empty") : unknownRoute();
  });
  return api;
}

function crossOrigin(options: ResolvedApiOptions): MiddlewareHandler<ApiEnv> {
  const own = Object.values(headers);
  return cors({
    origin: (origin, c) => allowedOrigin(origin, c, options),
    allowMethods: ["GET", "HEAD", "PUT", "POST", "DELETE"],
    allowHeaders: [...requestHeaders, ...own],
    exposeHeaders: [...answerHeaders, ...own],
    maxAge: preflightSeconds,
  });
}

/** Records may hold anything: no browser is to take one for a page. */
const sniffNothing: MiddlewareHandler<ApiEnv> = async (c, next) => {
  c.header("X-Content-Type-Options", "nosniff");
  await next();
};

function addRoutes(api: Hono<ApiEnv>, routes: readonly ApiRoute[]): void {
  for (const route of routes) {
    const { method, path, before = [], handle } = route;
    api.on(method, path, permit(route), ...before, handle);
  }
  for (const [path, same] of Map.groupBy(routes, (route) => route.path)) {
    refuseOtherMethods(
      api,
      path,
      same.map(({ method }) => method),
    );
  }
}

/** Goes on where the token allows the operation on the key, or with the prefix. */
function permit({ path, operation }: ApiRoute): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const key = path.includes(":key") ? keyOf(c, path) : prefixOf(c);
    const access = c.get("access");
    const [first, ...others] = [operation].flat() as [Operation, ...Operation[]];
    assertAllowed(access, others.find((each) => access.operations.includes(each)) ?? first, key);
    c.set("key", key);
    await next();
  };
}

function refuseOtherMethods(api: Hono<ApiEnv>, path: string, methods: readonly string[]): void {
  const allowed = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : method));
  api.all(path, (c) => {
    throw methodNotAllowed(c.req.method, [...allowed, "OPTIONS"]);
  });
}
