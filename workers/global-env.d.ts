// What the Worker's own modules and tests see as `env` and `exports` of `cloudflare:workers`. Apart from `env.ts`, since
// those who mount the API in a Worker of theirs have an `env` of theirs.
import type { Env as WorkerEnv } from "./api/env.ts";
import type * as mainModule from "./index.ts";

declare global {
  namespace Cloudflare {
    interface Env extends WorkerEnv {}
    interface GlobalProps {
      mainModule: typeof mainModule;
    }
  }
}
