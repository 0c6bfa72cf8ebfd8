import { ConfigurationError } from "../../errors/index.ts";
import type { KvBinding, R2Binding } from "./bindings.ts";
import type { InvalidationNamespaceBinding } from "./invalidation-namespace.ts";
import type { LockNamespaceBinding } from "./lock-namespace.ts";
import type { TaskRunnerBinding } from "./task-runner-namespace.ts";

/** The bindings that this library uses. */
export interface EdgeBindings {
  /** The KV namespace for fast copies. In `wrangler.toml`: `[[kv_namespaces]]` with the binding `RESULTS_KV`. */
  readonly kv?: KvBinding | undefined;
  /** The R2 bucket for the records. In `wrangler.toml`: `[[r2_buckets]]` with the binding `RESULTS_R2`. */
  readonly r2?: R2Binding | undefined;
  /** The Durable Objects `ResultLock`, bound as `RESULT_LOCKS`. */
  readonly locks?: LockNamespaceBinding | undefined;
  /** Needed to invalidate prefixes, tags and `"all"`. */
  readonly invalidations?: InvalidationNamespaceBinding | undefined;
}

/** The used part of a Worker's `env`. */
export interface EdgeEnv {
  /** The KV namespace for fast copies. */
  readonly RESULTS_KV?: KvBinding | undefined;
  /** The R2 bucket for the records. */
  readonly RESULTS_R2?: R2Binding | undefined;
  /** The Durable Objects `ResultLock`, which keep the locks. */
  readonly RESULT_LOCKS?: LockNamespaceBinding | undefined;
  /** The Durable Objects `ResultInvalidations`, which invalidate prefixes, tags and `"all"`. */
  readonly RESULT_INVALIDATIONS?: InvalidationNamespaceBinding | undefined;
  /** The Durable Objects of `createTaskRunner`, which run deferred calls. */
  readonly TASK_RUNNER?: TaskRunnerBinding | undefined;
}

const linesForResults = `[[r2_buckets]]
binding = "RESULTS_R2"
bucket_name = "reprise-results"

[[kv_namespaces]]
binding = "RESULTS_KV"`;

const linesForLocks = `[[durable_objects.bindings]]
name = "RESULT_LOCKS"
class_name = "ResultLock"

[[migrations]]
tag = "reprise-v1"
new_sqlite_classes = ["ResultLock"]`;

/** The name of the caller, and its options that replace bindings. */
const storeOptions = { of: "createResultStore", storage: "r2 or kv", locks: "locks" };

/**
 * Throws `ConfigurationError` if a binding is missing. The message names it, the options that replace it, and the lines of
 * `wrangler.toml` that add it.
 */
export function assertBound({ storage, locks }: { storage: boolean; locks: boolean }, options = storeOptions): void {
  if (storage && locks) return;
  const missing = (forStorage: string, forLocks: string, separator: string) =>
    [storage ? "" : forStorage, locks ? "" : forLocks].filter(Boolean).join(separator);
  const names = missing("RESULTS_R2 or RESULTS_KV (best both)", "RESULT_LOCKS", ", and ");
  const given = missing(options.storage, options.locks, " and ");
  const parts = [
    `Not bound: ${names}. Give ${options.of} ${given}, or add to wrangler.toml:`,
    missing(linesForResults, linesForLocks, "\n\n"),
    ...(locks ? [] : ['and export the class from the main module: export { ResultLock } from "reprise/worker";']),
  ];
  throw new ConfigurationError(parts.join("\n\n"));
}

const linesForInvalidations = `[[durable_objects.bindings]]
name = "RESULT_INVALIDATIONS"
class_name = "ResultInvalidations"

[[migrations]]
tag = "reprise-invalidations-v1"
new_sqlite_classes = ["ResultInvalidations"]`;

/** The error for an invalidation that only the Durable Objects of `RESULT_INVALIDATIONS` can keep, with the lines that add them. */
export function needsInvalidations(): ConfigurationError {
  const parts = [
    'Only keys can be invalidated here: prefixes, tags and "all" need RESULT_INVALIDATIONS, which is not bound. Add to wrangler.toml:',
    linesForInvalidations,
    'and export the class from the main module: export { ResultInvalidations } from "reprise/worker";',
  ];
  return new ConfigurationError(parts.join("\n\n"));
}

const linesForTasks = `[[durable_objects.bindings]]
name = "TASK_RUNNER"
class_name = "TaskRunner"

[[migrations]]
tag = "reprise-tasks-v1"
new_sqlite_classes = ["TaskRunner"]`;

/** The objects that run deferred calls. Throws `ConfigurationError` if none are bound, with the lines that add them. */
export function taskRunnerOf(env: EdgeEnv | undefined): TaskRunnerBinding {
  if (env?.TASK_RUNNER) return env.TASK_RUNNER;
  const parts = [
    "No task can be deferred to this Worker: TASK_RUNNER is not bound. Add to wrangler.toml:",
    linesForTasks,
    'and export the class from the main module: export const TaskRunner = createTaskRunner({ tasks: [ … ] }), from "reprise/worker"',
  ];
  throw new ConfigurationError(parts.join("\n\n"));
}
