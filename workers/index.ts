/** The Worker of `wrangler.toml`: the HTTP API over its bindings. */
import { createResultsApi } from "./api.ts";

export { ResultLock } from "./result-lock.ts";

export default createResultsApi();
