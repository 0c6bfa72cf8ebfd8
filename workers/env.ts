/** What `wrangler.toml` binds, and what is set as a secret or a variable. */
export interface Env {
  readonly RESULTS_KV: KVNamespace;
  readonly RESULTS_R2: R2Bucket;
  readonly RESULT_LOCKS: DurableObjectNamespace<import("./result-lock.ts").ResultLock>;
}

declare global {
  namespace Cloudflare {
    interface Env extends WorkerEnv {}
    interface GlobalProps {
      mainModule: typeof import("./index.ts");
    }
  }
}

type WorkerEnv = Env;
