import { env } from "cloudflare:workers";
import type { LockService } from "../../src/core/lock-service.ts";
import { HttpStorage } from "../../src/http/http-storage.ts";
import type { Fetch, HttpOptions } from "../../src/http/http-options.ts";
import { createResultsApi } from "../../workers/api.ts";
import type { ResultsApiOptions } from "../../workers/api-options.ts";
import { secret, tokenFor } from "./api-tools.ts";

/** How clients reach the Worker of these tests: its API over the real bindings, mounted under a path. */
export function connect(options: ResultsApiOptions<object> = {}): HttpOptions & { fetch: Fetch } {
  const api = createResultsApi<object>({ secret: () => secret, ...options });
  const mounted = { fetch: (request: Request) => api.fetch(request, env) };
  return {
    url: "https://results.example.com",
    token: tokenFor,
    fetch: async (url, init) => mounted.fetch(new Request(url, init)),
  };
}

/** Locks that vouch for whatever the storage contract says it holds: its tokens are its own. */
export const vouchingLocks = {
  async inspect(_key: string, holder?: string) {
    const token = holder === undefined ? undefined : Number(holder.replace("holder-", ""));
    return { isLocked: false, token, isHolder: false, isLastHolder: holder !== undefined };
  },
} as LockService;

/** Deletes whatever the tests before have left. */
export async function emptyBindings(): Promise<void> {
  let objects: R2Objects;
  do {
    objects = await env.RESULTS_R2.list();
    await env.RESULTS_R2.delete(objects.objects.map(({ key }) => key));
  } while (objects.truncated);
  let page: KVNamespaceListResult<unknown>;
  do {
    page = await env.RESULTS_KV.list();
    await Promise.all(page.keys.map(({ name }) => env.RESULTS_KV.delete(name)));
  } while (!page.list_complete);
}

export function createHttpStorage(options?: ResultsApiOptions<object>): HttpStorage {
  return new HttpStorage(connect(options));
}
