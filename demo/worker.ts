/** The Worker of the demo: the HTTP API, and maps that pages hand over to it. */
import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { getRunContext, task } from "../src/edge/index.ts";
import { createResultsApi, createTaskRunner } from "../workers/entry.ts";
import { type Assets, computeMap } from "./density/compute-map.ts";
import { edgePath } from "./edge/edge-path.ts";
import { createMapTasks } from "./store/map-tasks.ts";

export { ResultInvalidations, ResultLock } from "../workers/entry.ts";

const { ASSETS: assets } = env as unknown as { readonly ASSETS: Assets };
const tasks = createMapTasks(task, (inputs) => computeMap(inputs, assets, getRunContext().progress));

export const TaskRunner = createTaskRunner({ tasks: [...tasks.values()], maxAttempts: 3 });

const app = new Hono();

app.route("/", createResultsApi());
app.get(edgePath, (c) => c.body(null, 204, { "cache-control": "no-store" }));

export default app;
