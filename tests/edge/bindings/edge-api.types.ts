// What TypeScript sees in a Worker of a user's that has Cloudflare's types. `public-api.test.ts` compiles it against the built package.
import {
  createResultStore,
  DurableObjectLockManager,
  KvStorage,
  R2Storage,
  type ResultStore,
  type KvBinding,
  type LockNamespaceBinding,
  type R2Binding,
} from "reprise/edge";
import { createResultsApi, mintToken, ResultLock } from "reprise/worker";

interface Env {
  RESULTS_KV: KVNamespace;
  RESULTS_R2: R2Bucket;
  RESULT_LOCKS: DurableObjectNamespace<ResultLock>;
  SECRET: string;
  OTHER: string;
}

export { ResultLock };

export function stores(env: Env): ResultStore[] {
  const [kv, r2, locks]: [KvBinding, R2Binding, LockNamespaceBinding] = [
    env.RESULTS_KV,
    env.RESULTS_R2,
    env.RESULT_LOCKS,
  ];
  // @ts-expect-error a bucket is no namespace
  createResultStore({ kv: env.RESULTS_R2 });
  // @ts-expect-error a namespace of objects of another class keeps no locks
  createResultStore({ locks: env.RESULT_LOCKS as unknown as DurableObjectNamespace });
  // @ts-expect-error nothing of this env is looked for
  createResultStore({ env: { OTHER: "" } });
  return [
    createResultStore({ env }),
    createResultStore({ kv, r2, locks }),
    createResultStore({ resultStorage: new KvStorage({ namespace: env.RESULTS_KV }), locks }),
    createResultStore({
      resultStorage: new R2Storage({ bucket: env.RESULTS_R2 }),
      lockManager: new DurableObjectLockManager({ namespace: env.RESULT_LOCKS }),
    }),
  ];
}

const api = createResultsApi<Env>({ secret: (env) => env.SECRET });

export default {
  async fetch(request, env, context) {
    if (request.method !== "POST") return api.fetch(request, env, context);
    return new Response(await mintToken({ secret: env.SECRET, prefix: "", operations: ["read"], expiresIn: "1h" }));
  },
} satisfies ExportedHandler<Env>;
