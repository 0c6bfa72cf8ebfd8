import type { AccessVariables } from "../access/access-options.ts";
import type { TaskMessage } from "../jobs/task-queue.ts";
import type { TaskRunner } from "../jobs/task-runner.ts";
import type { ResultInvalidations } from "../invalidations/result-invalidations.ts";
import type { ResultLock } from "../locks/result-lock.ts";

/** The bindings of `wrangler.toml`, and the secret and variables of the Worker. */
export interface Env extends AccessVariables {
  readonly RESULTS_KV: KVNamespace;
  readonly RESULTS_R2: R2Bucket;
  readonly RESULT_LOCKS: DurableObjectNamespace<ResultLock>;
  /** Keeps the invalidations of prefixes, tags and all. Without it only keys can be invalidated. */
  readonly RESULT_INVALIDATIONS?: DurableObjectNamespace<ResultInvalidations>;
  /** Runs deferred calls. The Worker of `wrangler.toml` registers no tasks, and does not bind it. */
  readonly TASK_RUNNER?: DurableObjectNamespace<TaskRunner>;
  /** Limits how many deferred calls run at once. */
  readonly TASK_QUEUE?: Queue<TaskMessage>;
}
