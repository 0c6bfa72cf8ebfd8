/** The Worker of `wrangler.toml`: the HTTP API over its bindings. */
import { createResultsApi } from "./api/api.ts";

export { ResultLock } from "./locks/result-lock.ts";

export default createResultsApi();
