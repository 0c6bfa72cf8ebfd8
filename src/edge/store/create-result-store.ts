import { defaultParts } from "../../core/context/default-parts.ts";
import { ResultStore } from "../../core/store/result-store.ts";
import type { Scheduler } from "../../core/store/scheduler.ts";
import type { PartialStoreOptions } from "../../core/store/store-options.ts";
import { type EdgeBindings, type EdgeEnv, taskRunnerOf } from "../bindings/find-bindings.ts";
import { platformEnv, waitUntilInRequest } from "../bindings/platform.ts";
import { DurableObjectTaskScheduler } from "../durable-objects/durable-object-task-scheduler.ts";
import { createBackend } from "./backend.ts";
import type { EdgeStorageOptions } from "./edge-storage.ts";

/** Milliseconds that KV serves what it has read before it asks again: memory needs to be no newer. */
const maxMemoryAge = 60_000;

type CopyOptions = Pick<EdgeStorageOptions, "maxCopyBytes" | "copyTtl">;

export interface CreateResultStoreOptions extends PartialStoreOptions, EdgeBindings, CopyOptions {
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
 * Throws `ConfigurationError`, with the lines for `wrangler.toml`, where a binding is missing, and for options that are
 * unknown. With KV alone `SERIALIZABLE` is not supported, and a late writer isn't refused.
 *
 * @example
 * ```ts
 * const store = createResultStore();
 * const map = await store.getOrCompute("map/usa", () => draw("usa"), { expiresIn: "7d" });
 * ```
 */
export function createResultStore(options: CreateResultStoreOptions = {}): ResultStore {
  const parts = defaultParts(options, { maxAge: maxMemoryAge });
  const { env = platformEnv(), kv, r2, locks, maxCopyBytes, copyTtl, waitUntil = waitUntilInRequest } = options;
  const { resultStorage, lockManager, scheduler = schedulerOf(env), onEvent } = parts;
  const storage = { maxCopyBytes, copyTtl, waitUntil, onEvent };
  const backend = createBackend({ kv, r2, locks, resultStorage, lockManager, storage }, env);
  return new ResultStore({
    ...parts,
    resultStorage: resultStorage ?? backend.storage!,
    lockManager: lockManager ?? backend.locks,
    scheduler,
    waitUntil,
  });
}

/** Few stores defer anything: that none is bound is said when one does. */
function schedulerOf(env: EdgeEnv | undefined): Scheduler {
  return { defer: async (call) => new DurableObjectTaskScheduler(taskRunnerOf(env)).defer(call) };
}
