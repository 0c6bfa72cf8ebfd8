import type { ResultLock } from "../locks/result-lock.ts";
import type { TaskMessage, TaskRunner } from "../jobs/task-runner.ts";

/** What `wrangler.toml` binds, and what is set as a secret or a variable. */
export interface Env {
  readonly RESULTS_KV: KVNamespace;
  readonly RESULTS_R2: R2Bucket;
  readonly RESULT_LOCKS: DurableObjectNamespace<ResultLock>;
  /** Runs deferred calls. Not of the Worker as it is deployed from here, which knows no tasks. */
  readonly TASK_RUNNER?: DurableObjectNamespace<TaskRunner>;
  /** Lets deferred calls through to be run. */
  readonly TASK_QUEUE?: Queue<TaskMessage>;
  /** Signs and checks tokens; at least 32 bytes. Without it nobody is answered. */
  readonly REPRISE_SECRET?: string;
  /** `"allowed on localhost"`: without a secret, requests to localhost are answered all the same. For development. */
  readonly REPRISE_WITHOUT_TOKEN?: string;
}
