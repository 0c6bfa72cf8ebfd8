/** The Worker of `wrangler.toml`: the HTTP API over its bindings. */
import "./platform.ts";
import { createResultsApi } from "./api/create-results-api.ts";

export { ResultInvalidations } from "./invalidations/result-invalidations.ts";
export { ResultLock } from "./locks/result-lock.ts";

export default createResultsApi();
