import { createResultsApi } from "../../../workers/entry.ts";
import type { Env } from "../../../workers/api/env.ts";
import { measure } from "../measure.ts";
import { workerdCases } from "./cases.ts";

export { ResultInvalidations, ResultLock } from "../../../workers/entry.ts";

const api = createResultsApi();

/** `/bench/<id>` runs a case here; the rest is the API, for what is measured in browsers. */
export default {
  async fetch(request, env, context) {
    const [, folder, id = ""] = new URL(request.url).pathname.split("/");
    if (folder !== "bench") return api.fetch(request, env, context);
    const prepare = workerdCases[id];
    return prepare ? Response.json(await measure(await prepare(env))) : new Response(null, { status: 404 });
  },
} satisfies ExportedHandler<Env>;
