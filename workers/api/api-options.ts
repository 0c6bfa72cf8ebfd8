import type { LockService } from "../../src/core/remote-locks/lock-service.ts";
import type { ResultStorage } from "../../src/core/storages/result-storage.ts";
import { logError } from "../../src/core/support/log-error.ts";
import type { JobScheduler } from "../../src/core/deferred/job-scheduler.ts";
import { InvalidArgumentError } from "../../src/errors/index.ts";
import type { AccessOptions } from "../access/access-options.ts";
import { type PublicResultsOptions, resolvePublicResults } from "../access/public-results.ts";
import type { RouteOptions } from "../routes/route-options.ts";
import { locksOf, schedulerOf, storageOf } from "./default-parts.ts";
import type { Env } from "./env.ts";

/** The options of `createResultsApi`. `Bindings` is the `env` of the Worker. */
export interface ResultsApiOptions<Bindings extends object = Env> {
  /** The storage of the records. Default: the KV namespace and the R2 bucket, bound as in `wrangler.toml`. */
  storage?: (env: Bindings) => ResultStorage;
  /** The lock service. Default: the Durable Objects, bound as in `wrangler.toml`. */
  locks?: (env: Bindings) => LockService;
  /** Runs deferred calls. Default: the Durable Objects of `createTaskRunner`, bound as `TASK_RUNNER`. */
  scheduler?: (env: Bindings) => JobScheduler;
  /** The secret that checks tokens; at least 32 bytes. Default: `REPRISE_SECRET`. */
  secret?: (env: Bindings) => string | undefined;
  /** The longest record that the API takes, in bytes. Default: 32 MiB. */
  maxRecordBytes?: number;
  /** The origins whose pages may call the API. Default: `"*"`, because every call needs a token anyway. */
  allowedOrigins?: "*" | readonly string[];
  /** Results that everybody may read without a token, and that caches in front of the Worker may keep. Default: none. */
  publicResults?: PublicResultsOptions;
  /** Called with every error that the callers don't get to see, and every failure of a storage. Default: logs it. */
  onError?: (error: unknown) => void;
}

/** The options of all rooms below. */
export interface ResolvedApiOptions extends AccessOptions, RouteOptions {}

const defaultMaxRecordBytes = 32 * 1_024 * 1_024;

const defaults: ResolvedApiOptions = {
  storage: storageOf,
  locks: locksOf,
  scheduler: schedulerOf,
  secret: (env) => (env as Partial<Env>).REPRISE_SECRET,
  maxRecordBytes: defaultMaxRecordBytes,
  allowedOrigins: "*",
  onError: logError,
};

/** The options with their defaults. Throws `InvalidArgumentError` for a bad `maxRecordBytes` and for bad `publicResults`. */
export function resolveApiOptions<Bindings extends object>({
  publicResults,
  ...options
}: ResultsApiOptions<Bindings>): ResolvedApiOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const resolved = { ...defaults, ...(Object.fromEntries(given) as Partial<ResolvedApiOptions>) };
  const { maxRecordBytes } = resolved;
  if (!Number.isSafeInteger(maxRecordBytes) || maxRecordBytes < 1) {
    throw new InvalidArgumentError(`maxRecordBytes has to be a whole number above 0; got ${String(maxRecordBytes)}`);
  }
  return publicResults ? { ...resolved, publicResults: resolvePublicResults(publicResults) } : resolved;
}
