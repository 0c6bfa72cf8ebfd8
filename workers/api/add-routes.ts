import type { Hono } from "hono";
import { authorize } from "../access/authorize.ts";
import type { ApiEnv } from "../requests/api-context.ts";
import { methodNotAllowed } from "../requests/refusal.ts";
import type { ApiRoute } from "../routes/api-route.ts";

/** Adds the routes, each behind its authorization, and refuses every other method of their paths. */
export function addRoutes(api: Hono<ApiEnv>, routes: readonly ApiRoute[]): void {
  for (const route of routes) {
    const { method, path, before = [], handle } = route;
    api.on(method, path, authorize(route), ...before, handle);
  }
  for (const [path, same] of Map.groupBy(routes, (route) => route.path)) {
    refuseOtherMethods(
      api,
      path,
      same.map(({ method }) => method),
    );
  }
}

/** Answers every other method of the path with 405. */
export function refuseOtherMethods(api: Hono<ApiEnv>, path: string, methods: readonly string[]): void {
  const allowed = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : method));
  api.all(path, (c) => {
    throw methodNotAllowed(c.req.method, [...allowed, "OPTIONS"]);
  });
}
