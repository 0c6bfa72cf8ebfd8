/** For Workers: the HTTP API as a Hono app to mount, the Durable Object that keeps locks, and the making of tokens. */
export { createResultsApi } from "./api.ts";
export type { ResultsApiOptions } from "./api-options.ts";
export { mintToken, type MintTokenOptions } from "./auth.ts";
export { ResultLock } from "./result-lock.ts";
