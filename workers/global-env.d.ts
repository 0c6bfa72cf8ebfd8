// Types `env` and `exports` of `cloudflare:workers` for this Worker's modules and tests. Another Worker that mounts the API
// declares its own `env`, so these declarations are not part of `env.ts`.
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
