import { RemoteLockManager } from "../core/remote-locks/remote-lock-manager.ts";
import type { HttpSender } from "./requests/http-client.ts";
import { HttpLocks } from "./http-locks.ts";
import type { HttpOptions } from "./requests/http-options.ts";

/**
 * Allows one computation at a time for a key, across all clients: the locks are behind the HTTP API of a Worker. A lock
 * without `holdTimeout` ends after 30 seconds unless renewed, since the server can't see whether its holder is gone. Calls
 * reject as those of `HttpStorage` do. Throws `ConfigurationError` for invalid options.
 *
 * @example
 * ```ts
 * const edge = { url: "https://results.example.com", token: () => fetchToken() };
 * const store = createResultStore({ resultStorage: new HttpStorage(edge), lockManager: new HttpLockManager(edge) });
 * ```
 */
export class HttpLockManager extends RemoteLockManager {
  constructor(options: HttpOptions | HttpSender) {
    super(new HttpLocks(options));
  }
}
