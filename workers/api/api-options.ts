import type { LockService } from "../../src/core/remote-locks/lock-service.ts";
import type { ResultStorage } from "../../src/core/storages/result-storage.ts";
import { assertOptions } from "../../src/core/support/assert-options.ts";
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

export const resultsApiOptionNames = [
  "storage",
  "locks",
  "scheduler",
  "secret",
  "maxRecordBytes",
  "allowedOrigins",
  "publicResults",
  "onError",
] as const;

/** The options with their defaults. Throws `ConfigurationError` for an unknown option, and `InvalidArgumentError` for a bad one. */
export function resolveApiOptions<Bindings extends object>(all: ResultsApiOptions<Bindings>): ResolvedApiOptions {
  assertOptions("createResultsApi", all, resultsApiOptionNames);
  const { publicResults, ...options } = all;
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const resolved = { ...defaults, ...(Object.fromEntries(given) as Partial<ResolvedApiOptions>) };
  const { maxRecordBytes } = resolved;
  if (!Number.isSafeInteger(maxRecordBytes) || maxRecordBytes < 1) {
    throw new InvalidArgumentError(`maxRecordBytes has to be a whole number above 0; got ${String(maxRecordBytes)}`);
  }
  assertFunctions(resolved);
  assertOrigins(resolved.allowedOrigins);
  return publicResults ? { ...resolved, publicResults: resolvePublicResults(publicResults) } : resolved;
}

/** A storage or a secret itself would be the same in all environments. */
function assertFunctions(options: ResolvedApiOptions): void {
  for (const name of ["storage", "locks", "scheduler", "secret", "onError"] as const) {
    if (typeof options[name] === "function") continue;
    const parameter = name === "onError" ? "error" : "env";
    throw new InvalidArgumentError(`${name} has to be a function (${parameter}) => …; got ${typeof options[name]}`);
  }
}

/** Browsers compare whole origins: one with a path, or with a slash at its end, would never match. */
function assertOrigins(origins: unknown): void {
  if (origins === "*") return;
  if (Array.isArray(origins) && origins.every(isOrigin)) return;
  const right = 'has to be "*" or an array of origins, such as ["https://app.example.com"]';
  throw new InvalidArgumentError(`allowedOrigins ${right}; got ${JSON.stringify(origins) ?? typeof origins}`);
}

/** Apps have schemes of their own, and a page without an origin sends `null`. */
function isOrigin(value: unknown): boolean {
  if (typeof value !== "string" || value.includes("*")) return false;
  if (/^https?:/.test(value)) return URL.canParse(value) && new URL(value).origin === value;
  return value === "null" || /^[a-z][\w+.-]*:\/\/[^/?#]*$/.test(value);
}
