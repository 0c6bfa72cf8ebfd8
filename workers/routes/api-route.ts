import type { MiddlewareHandler } from "hono";
import type { GuardedRoute } from "../access/authorize.ts";
import type { ApiContext, ApiEnv } from "../requests/api-context.ts";

/** One method of one path. */
export interface ApiRoute extends GuardedRoute {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Runs after the caller was authorized, and before `handle`. */
  readonly before?: readonly MiddlewareHandler<ApiEnv>[];
  readonly handle: (c: ApiContext) => Promise<Response>;
}
