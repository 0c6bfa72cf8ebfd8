import { isRepriseError } from "../../../src/errors/index.ts";
import { createResultStore } from "../../../workers/edge.ts";
import { createResultsApi } from "../../../workers/entry.ts";
import type { Env } from "../../../workers/api/env.ts";

export { ResultLock } from "../../../workers/locks/result-lock.ts";

const api = createResultsApi();
const store = createResultStore({ cacheResultInMemory: false });

async function outcomeOf(read: () => Promise<unknown>): Promise<string> {
  try {
    await read();
    return "value";
  } catch (error) {
    return isRepriseError(error) ? error.code : `raw ${String(error)}`;
  }
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const key = searchParams.get("key") ?? "";
    switch (pathname) {
      case "/plant":
        await env.RESULTS_KV.delete(key);
        await env.RESULTS_R2.put(key, await request.arrayBuffer());
        return new Response();
      case "/read":
        return new Response(await outcomeOf(async () => (await store.read(key))!.result));
      case "/compute":
        return new Response(await outcomeOf(() => store.getOrCompute(key, () => "computed")));
      default:
        return api.fetch(request, env, ctx);
    }
  },
};
