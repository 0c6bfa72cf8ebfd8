import { LazyLockManager } from "../../core/locks/lazy-lock-manager.ts";
import { LazyStorage } from "../../core/storages/lazy-storage.ts";
import { LazyTaskScheduler } from "../../core/deferred/lazy-task-scheduler.ts";
import { defaultCache } from "../../core/store/memory-cache.ts";
import type { ResultLockManager } from "../../core/locks/result-lock-manager.ts";
import type { ResultStorage } from "../../core/storages/result-storage.ts";
import type { ResultStoreOptions } from "../../core/store/result-store-options.ts";
import { ResultStore } from "../../core/store/result-store.ts";
import { Backend, type BackendOptions, LazyBackend } from "./backend.ts";
import type { EdgeStorageOptions } from "./edge-storage.ts";
import { DurableObjectTaskScheduler } from "../durable-objects/durable-object-task-scheduler.ts";
import { type EdgeBindings, type EdgeEnv, loadPlatform, taskRunnerOf, waitUntilInRequest } from "../bindings/find-bindings.ts";

/** Milliseconds that KV serves what it has read before it asks again: memory needs to be no newer. */
const maxMemoryAge = 60_000;

type CopyOptions = Pick<EdgeStorageOptions, "maxCopyBytes" | "copyTtl">;

export interface CreateResultStoreOptions extends ResultStoreOptions, EdgeBindings, CopyOptions {
  /** The Worker's `env`, looked through for `RESULTS_KV`, `RESULTS_R2`, `RESULT_LOCKS` and `TASK_RUNNER`. Absent: that of `cloudflare:workers`. */
  env?: EdgeEnv | undefined;
}

/**
 * A store for Workers: R2 has the truth, KV fast copies of it (or either alone), Durable Objects the locks. The bindings
 * are those in the options, where `kv` and `r2` count as a pair, then those of `env`, then those of
 * `cloudflare:workers`. A caller is answered as soon as there is a value: keeping it goes on by the request's own
 * `waitUntil`. An isolate's memory holds a record for at most a minute, since nobody tells it of changes elsewhere.
 * One store may serve all requests, and may be made outside of them.
 *
 * Throws `ConfigurationError`, with the lines for `wrangler.toml`, where a binding is missing; each call rejects with it
 * where that is found out later. With KV alone `SERIALIZABLE` is not supported, and a late writer isn't refused.
 *
 * @example
 * ```ts
 * const store = createResultStore();
 * const map = await store.getOrCompute("map/usa", () => draw("usa"), { expiresIn: "7d" });
 * ```
 */
export function createResultStore(options: CreateResultStoreOptions = {}): ResultStore {
  const { env, kv, r2, locks, maxCopyBytes, copyTtl, waitUntil = waitUntilInRequest, ...rest } = options;
  const has = { storage: rest.resultStorage !== undefined, locks: rest.lockManager !== undefined };
  const storage = { maxCopyBytes, copyTtl, waitUntil, onEvent: rest.onEvent };
  const needed: BackendOptions = { kv, r2, locks, has, storage };
  const parts = env || Backend.isComplete(needed) ? new Backend(needed, env) : lazyParts(needed);
  return new ResultStore({
    ...rest,
    resultStorage: rest.resultStorage ?? parts.storage,
    lockManager: rest.lockManager ?? parts.locks,
    scheduler: rest.scheduler ?? lazyScheduler(env),
    waitUntil,
    cache: rest.cache ?? defaultCache({ maxAge: maxMemoryAge }),
  });
}

function lazyParts(options: BackendOptions): { storage: ResultStorage; locks: ResultLockManager } {
  const backend = new LazyBackend(options);
  return {
    storage: new LazyStorage({
      type: "edge",
      // before anything is known, nothing is promised
      capabilities: { consistency: "eventual", conditionalWrites: false },
      open: async () => (await backend.open()).storage,
      opened: () => backend.opened?.storage,
    }),
    locks: new LazyLockManager({
      open: async () => (await backend.open()).locks,
      close: async () => backend.opened?.locks.close?.(),
    }),
  };
}

/** Few stores defer anything: that none is bound is said when one does. */
function lazyScheduler(env: EdgeEnv | undefined): LazyTaskScheduler {
  let scheduler: DurableObjectTaskScheduler | undefined;
  return new LazyTaskScheduler(async () => {
    return (scheduler ??= new DurableObjectTaskScheduler(taskRunnerOf(env ?? (await loadPlatform())?.env)));
  });
}
