/** Middleware for Hono that keeps the responses of a route. */
export { cachedResponse, type CachedResponseMiddleware } from "./cached-response.ts";
export type { CachedResponseOptions } from "./options.ts";
