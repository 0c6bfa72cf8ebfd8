/** The Worker of the demo: the HTTP API, and maps that the Worker itself computes and keeps. */
import { Hono } from "hono";
import { createResultStore } from "../src/edge/index.ts";
import { authenticate } from "../workers/access.ts";
import type { ApiEnv } from "../workers/api-context.ts";
import { resolveApiOptions } from "../workers/api-options.ts";
import { createResultsApi } from "../workers/api.ts";
import { assertAllowed } from "../workers/auth.ts";
import { answerError } from "../workers/problems.ts";
import { computeMap, type Assets } from "./compute-map.ts";
import { edgeMapsPath, edgePath, type EdgeMapJson } from "./edge-paths.ts";
import { readMapRequest } from "./map-request.ts";
import { mapKey } from "./settings.ts";

export { ResultLock } from "../workers/result-lock.ts";

interface DemoEnv {
  Bindings: { readonly ASSETS: Assets };
  Variables: ApiEnv["Variables"];
}

const options = resolveApiOptions({});
const store = createResultStore();
const app = new Hono<DemoEnv>();

app.onError((error, c) => answerError(error, c, options.onError));
app.route("/", createResultsApi());
app.use("/demo/*", authenticate(options));

app.get(edgePath, (c) => c.body(null, 204, { "cache-control": "no-store" }));

// the same key as the page's, so that whoever asks for the map next gets this very record
app.post(edgeMapsPath, async (c) => {
  const { settings, space, keep } = readMapRequest(new URL(c.req.url).search);
  const key = mapKey(settings, space);
  assertAllowed(c.get("access"), "write", key);
  let computed = false;
  const compute = () => {
    computed = true;
    return computeMap(settings, c.env.ASSETS, c.req.url);
  };
  await store.getOrCompute(key, compute, keep === "" ? {} : { expiresIn: keep });
  return c.json<EdgeMapJson>({ key, computed }, 200, { "cache-control": "no-store" });
});

export default app;
