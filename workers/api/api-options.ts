import type { LockService } from "../../src/core/remote-locks/lock-service.ts";
import type { ResultStorage } from "../../src/core/storages/result-storage.ts";
import type { JobScheduler } from "../../src/core/deferred/job-scheduler.ts";
import { InvalidArgumentError } from "../../src/errors/index.ts";
import { DurableObjectLocks } from "../../src/edge/durable-objects/durable-object-locks.ts";
import { EdgeStorage } from "../../src/edge/store/edge-storage.ts";
import { DurableObjectTaskScheduler } from "../../src/edge/durable-objects/durable-object-task-scheduler.ts";
import { assertBound, taskRunnerOf, type EdgeEnv } from "../../src/edge/bindings/find-bindings.ts";
import { waitUntilInRequest } from "../../src/edge/bindings/platform.ts";
import "../platform.ts";
import type { Env } from "./env.ts";

export interface ResultsApiOptions<Bindings extends object = Env> {
  /** Where records are kept; at first the KV namespace and the R2 bucket that are bound as in `wrangler.toml`. */
  storage?: (env: Bindings) => ResultStorage;
  /** Where locks are kept; at first the Durable Object that is bound as in `wrangler.toml`. */
  locks?: (env: Bindings) => LockService;
  /** Who runs deferred calls; at first the Durable Object, made by `createTaskRunner`, that is bound as `TASK_RUNNER`. */
  scheduler?: (env: Bindings) => JobScheduler;
  /** Checks tokens, at least 32 bytes; at first what is set as `REPRISE_SECRET`. */
  secret?: (env: Bindings) => string | undefined;
  /** The longest record that is taken, in bytes; 32 MiB at first. */
  maxRecordBytes?: number;
  /** Pages of which origins may call from browsers; `"*"` at first, since nobody gets far without a token. */
  allowedOrigins?: "*" | readonly string[];
  /** Hears of errors that callers are told nothing of, and of storages that fail; writes them to the log at first. */
  onError?: (error: unknown) => void;
}

const apiOptions = { of: "createResultsApi", storage: "storage", locks: "locks" };

function storageOf({ RESULTS_KV: kv, RESULTS_R2: r2 }: EdgeEnv): ResultStorage {
  assertBound({ storage: Boolean(kv ?? r2), locks: true }, apiOptions);
  return new EdgeStorage({ kv, r2, waitUntil: waitUntilInRequest });
}

function locksOf({ RESULT_LOCKS }: EdgeEnv): LockService {
  assertBound({ storage: true, locks: Boolean(RESULT_LOCKS) }, apiOptions);
  return new DurableObjectLocks(RESULT_LOCKS!);
}

/** As the routes use them: whatever the bindings are called, they are `env` as it came. */
export interface ResolvedApiOptions {
  readonly storage: (env: object) => ResultStorage;
  readonly locks: (env: object) => LockService;
  readonly scheduler: (env: object) => JobScheduler;
  readonly secret: (env: object) => string | undefined;
  readonly maxRecordBytes: number;
  readonly allowedOrigins: "*" | readonly string[];
  readonly onError: (error: unknown) => void;
}

const defaultMaxRecordBytes = 32 * 1_024 * 1_024;

const defaults: ResolvedApiOptions = {
  storage: storageOf,
  locks: locksOf,
  scheduler: (env: EdgeEnv) => new DurableObjectTaskScheduler(taskRunnerOf(env)),
  secret: (env) => (env as Partial<Env>).REPRISE_SECRET,
  maxRecordBytes: defaultMaxRecordBytes,
  allowedOrigins: "*",
  onError: log,
};

export function resolveApiOptions<Bindings extends object>(options: ResultsApiOptions<Bindings>): ResolvedApiOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const resolved = { ...defaults, ...(Object.fromEntries(given) as Partial<ResolvedApiOptions>) };
  const { maxRecordBytes } = resolved;
  if (!Number.isSafeInteger(maxRecordBytes) || maxRecordBytes < 1) {
    throw new InvalidArgumentError(`maxRecordBytes has to be a whole number above 0; got ${String(maxRecordBytes)}`);
  }
  return resolved;
}

export function log(error: unknown): void {
  const { console } = globalThis as { console?: { error(error: unknown): void } };
  console?.error(error);
}
