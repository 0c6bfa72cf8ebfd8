import { defaultParts } from "../../core/context/default-parts.ts";
import { ResultStore } from "../../core/store/result-store.ts";
import type { Scheduler } from "../../core/options/scheduler.ts";
import type { PartialStoreOptions } from "../../core/options/store-options.ts";
import { type EdgeBindings, type EdgeEnv, taskRunnerOf } from "../bindings/find-bindings.ts";
import { platformEnv, waitUntilInRequest } from "../bindings/platform.ts";
import { DurableObjectTaskScheduler } from "../durable-objects/durable-object-task-scheduler.ts";
import { createBackend } from "./backend.ts";
import type { EdgeStorageOptions } from "./edge-storage.ts";

/** Milliseconds for which KV serves a cached read. Memory needs to be no newer. */
const maxMemoryAge = 60_000;

type CopyOptions = Pick<EdgeStorageOptions, "maxCopyBytes" | "copyTtl" | "dataCenterCopies">;

export interface CreateResultStoreOptions extends PartialStoreOptions, EdgeBindings, CopyOptions {
  /** The Worker's `env`. The store uses `RESULTS_KV`, `RESULTS_R2`, `RESULT_LOCKS`, `RESULT_INVALIDATIONS` and `TASK_RUNNER`. Default: that of `cloudflare:workers`. */
  env?: EdgeEnv | undefined;
}

/**
 * A store for Workers: R2 holds the truth, KV fast copies of it (or either alone), and Durable Objects the locks. Bindings
 * come from the options, where `kv` and `r2` count as a pair, then from `env`, then from `cloudflare:workers`. A caller gets
 * its value as soon as it is computed; the write continues under the request's `waitUntil`. The memory of an isolate holds a
 * record for at most a minute, since nothing reports changes elsewhere to it. One store may serve all requests, and may be
 * created outside of them.
 *
 * Throws `ConfigurationError` for unknown options, and if a binding is missing, with the lines for `wrangler.toml`. With KV
 * alone, `SERIALIZABLE` is not supported and late writers are not refused.
 *
 * @example
 * ```ts
 * const store = createResultStore();
 * const map = await store.getOrCompute("map/usa", () => draw("usa"), { expiresIn: "7d" });
 * ```
 */
export function createResultStore(options: CreateResultStoreOptions = {}): ResultStore {
  const parts = defaultParts(options, { maxAge: maxMemoryAge });
  const {
    env = platformEnv(),
    kv,
    r2,
    locks,
    invalidations,
    maxCopyBytes,
    copyTtl,
    dataCenterCopies,
    waitUntil = waitUntilInRequest,
  } = options;
  const { resultStorage, lockManager, scheduler = schedulerOf(env), onEvent } = parts;
  const storage = { maxCopyBytes, copyTtl, dataCenterCopies, waitUntil, onEvent };
  const backend = createBackend({ kv, r2, locks, invalidations, resultStorage, lockManager, storage }, env);
  return new ResultStore({
    ...parts,
    resultStorage: resultStorage ?? backend.storage!,
    lockManager: lockManager ?? backend.locks,
    scheduler,
    waitUntil,
  });
}

/** Few stores defer calls, so a missing binding is reported when one does. */
function schedulerOf(env: EdgeEnv | undefined): Scheduler {
  return { defer: async (call) => new DurableObjectTaskScheduler(taskRunnerOf(env)).defer(call) };
}
