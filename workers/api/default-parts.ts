import type { LockService } from "../../src/core/remote-locks/lock-service.ts";
import type { ResultStorage } from "../../src/core/storages/result-storage.ts";
import type { JobScheduler } from "../../src/core/deferred/job-scheduler.ts";
import { assertBound, taskRunnerOf, type EdgeEnv } from "../../src/edge/bindings/find-bindings.ts";
import { waitUntilInRequest } from "../../src/edge/bindings/platform.ts";
import { DurableObjectLocks } from "../../src/edge/durable-objects/durable-object-locks.ts";
import { DurableObjectTaskScheduler } from "../../src/edge/durable-objects/durable-object-task-scheduler.ts";
import { EdgeStorage } from "../../src/edge/store/edge-storage.ts";

// Each function throws `ConfigurationError` for a missing binding, with the lines of `wrangler.toml` that add it.

const apiOptions = { of: "createResultsApi", storage: "storage", locks: "locks" };

/** A storage over `RESULTS_KV` and `RESULTS_R2`, or over one of them. */
export function storageOf({
  RESULTS_KV: kv,
  RESULTS_R2: r2,
  RESULT_INVALIDATIONS: invalidations,
}: EdgeEnv): ResultStorage {
  assertBound({ storage: Boolean(kv ?? r2), locks: true }, apiOptions);
  return new EdgeStorage({ kv, r2, invalidations, waitUntil: waitUntilInRequest });
}

/** The locks of the Durable Objects that are bound as `RESULT_LOCKS`. */
export function locksOf({ RESULT_LOCKS }: EdgeEnv): LockService {
  assertBound({ storage: true, locks: Boolean(RESULT_LOCKS) }, apiOptions);
  return new DurableObjectLocks(RESULT_LOCKS!);
}

/** The Durable Objects that are bound as `TASK_RUNNER`. */
export function schedulerOf(env: EdgeEnv): JobScheduler {
  return new DurableObjectTaskScheduler(taskRunnerOf(env));
}
