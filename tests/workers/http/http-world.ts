import { env } from "cloudflare:workers";
import type { LockService } from "../../../src/core/remote-locks/lock-service.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import type { Fetch, HttpOptions } from "../../../src/http/requests/http-options.ts";
import { createResultsApi } from "../../../workers/api/create-results-api.ts";
import type { ResultsApiOptions } from "../../../workers/api/api-options.ts";
import { kv, r2 } from "../../edge/bindings/storage-tools.ts";
import { secret, tokenFor } from "../api-tools.ts";

/** How clients reach the API over the real bindings. */
export function connect(options: ResultsApiOptions<object> = {}): HttpOptions & { fetch: Fetch } {
  const storage = new EdgeStorage({ kv, r2 });
  const api = createResultsApi<object>({ secret: () => secret, storage: () => storage, ...options });
  return {
    url: "https://results.example.com",
    token: () => tokenFor(),
    fetch: async (url, init) => api.fetch(new Request(url, init), env),
  };
}

/** Locks that vouch for whatever the storage contract says it holds: its tokens are its own. */
export const vouchingLocks = {
  async inspect(_key: string, holder?: string) {
    const token = holder === undefined ? undefined : Number(holder.replace("holder-", ""));
    return { isLocked: false, token, isHolder: false, isLastHolder: holder !== undefined };
  },
} as LockService;
