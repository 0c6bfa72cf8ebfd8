import { ConfigurationError, InvalidArgumentError } from "../../errors/index.ts";
import {
  assertPolicy,
  type CacheKey,
  type CacheKeyContext,
  type CachePolicy,
  type CacheKeyTask,
  CapturesPolicy,
  DEFAULT_POLICY,
  isBuiltIn,
  NO_CACHE,
} from "../keys/cache-policy.ts";
import { createDuplicateCheck } from "../keys/duplicate-tasks.ts";
import { assertOptions } from "../support/assert-options.ts";
import { type Duration, toMilliseconds } from "../support/duration.ts";
import type { ProgressListener } from "../support/progress.ts";
import { hashTextSync } from "../keys/hash.ts";
import type { IsolationLevel } from "../locks/isolation-level.ts";
import { parseStorageKeyTemplate } from "../keys/storage-key-template.ts";
import type { RunStoreOptions } from "./run-store.ts";
import type { ResultStore } from "../store/result-store.ts";
import type { Serializer } from "../serializers/serializer.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import type { ResultStorageInput } from "../storages/storage-registry.ts";
import { assertParameters } from "./task-inputs.ts";
import { toHooks } from "../work/hooks.ts";
import type { HookOptions, TransactionHook } from "../work/transaction.ts";

export interface TaskOptions<Args extends readonly unknown[] = readonly unknown[]> extends HookOptions {
  /** The first part of its keys. Default: the function's name, which a minifier changes. */
  name?: string | undefined;
  /** Replaces the function's text in `TASK_SOURCE`. A new version makes all earlier results outdated. */
  version?: string | undefined;
  /** The store of its results. Default: that of the surrounding flow or task, else the runtime's default store. */
  store?: ResultStore | undefined;
  /**
   * Whether results are kept. Default: the settings for tasks, else the surrounding flow, else the settings. A storage, a
   * serializer or a policy turns it on. `false` disables storage and policy. Then only `cacheResultInMemory: true` keeps
   * results, in this context.
   */
  persistResult?: boolean | undefined;
  /** A storage, or the registered name of one. Default: the store's. */
  resultStorage?: ResultStorageInput | undefined;
  /** A serializer, or the registered name of one. Default: the store's. */
  resultSerializer?: Serializer | string | undefined;
  /** A template for the whole key, instead of a policy: a text with `{task.name}` and `{parameters.x}`, where `x` names an input. */
  resultStorageKey?: string | undefined;
  /** The policy that makes the key. Default: `DEFAULT_POLICY`. */
  cachePolicy?: CachePolicy | undefined;
  /**
   * Returns the whole key of a call, instead of a policy; `undefined`: not cached. Tasks with the same key share a result.
   * It is called again before a result is kept, and has to return the same key.
   */
  cacheKeyFn?: ((context: CacheKeyContext<Args>) => CacheKey) | undefined;
  /**
   * Returns the values that the function takes from around it. At each call they become a part of the policy's key, as inputs
   * do. Without it, a second task of the same name and text rejects with `ConfigurationError`.
   */
  captures?: (() => unknown) | undefined;
  /** How long results last. Default: for ever. */
  cacheExpiration?: Duration | undefined;
  /** Whether results are kept in memory too. Default: the store's choice. With `false` every hit returns a fresh object. */
  cacheResultInMemory?: boolean | undefined;
  /** Runs every call and keeps the new result. Default: the settings. */
  refreshCache?: boolean | undefined;
  /** Called with the progress of the computation, here or in another context, while a call waits for it. */
  onProgress?: ProgressListener | undefined;
  /** The names of the arguments in order, for calls without a single object as argument. */
  parameters?: readonly string[] | undefined;
}

/** The resolved options. Only the parts that depend on the place of a call are left open. */
export interface ResolvedTaskOptions {
  readonly task: CacheKeyTask;
  readonly parameters: readonly string[];
  /** Computes the storage key. Absent if the policy never keeps results. */
  readonly computeKey: ((context: CacheKeyContext) => CacheKey) | undefined;
  /** Throws `ConfigurationError` if another task keeps results under the same keys. Absent if nothing can tell. */
  readonly assertSole: ((storage: ResultStorage) => void) | undefined;
  readonly store: ResultStore | undefined;
  /** The task's explicit choice, or the one implied by the parts that it names. */
  readonly persistResult: boolean | undefined;
  readonly cacheResultInMemory: boolean | undefined;
  /** The parts in which its store differs from the surrounding store. */
  readonly storeOptions: RunStoreOptions;
  readonly isolationLevel: IsolationLevel | undefined;
  readonly expiresIn: number | undefined;
  readonly refresh: boolean | undefined;
  readonly onProgress: ProgressListener | undefined;
  /** Whether it names a policy or a key. */
  readonly namesKeys: boolean;
  readonly hooks: { readonly onCommit: readonly TransactionHook[]; readonly onRollback: readonly TransactionHook[] };
}

export const taskOptionNames = [
  "name",
  "version",
  "store",
  "persistResult",
  "resultStorage",
  "resultSerializer",
  "resultStorageKey",
  "cachePolicy",
  "cacheKeyFn",
  "captures",
  "cacheExpiration",
  "cacheResultInMemory",
  "refreshCache",
  "parameters",
  "onProgress",
  "onCommit",
  "onRollback",
] as const satisfies readonly (keyof TaskOptions)[];

/** Throws `ConfigurationError` for unknown options. */
export function assertTaskOptions(options: TaskOptions<never>): void {
  assertOptions("task", options, taskOptionNames);
}

/** Throws `ConfigurationError` or `InvalidArgumentError` for invalid options. */
export function resolveTaskOptions(fn: CacheKeyTask["fn"], options: TaskOptions<never>): ResolvedTaskOptions {
  assertTaskOptions(options);
  const { parameters = [], cacheExpiration, refreshCache, store, cacheResultInMemory, cachePolicy } = options;
  assertParameters(parameters);
  if (store !== undefined && typeof store?.getOrCompute !== "function") {
    throw new ConfigurationError("store has to be a ResultStore");
  }
  const task = { name: resolveName(fn, options), version: options.version, fn };
  return {
    task,
    parameters,
    ...resolveKey(task, options),
    store,
    persistResult: options.persistResult ?? (impliesPersistence(options) || undefined),
    cacheResultInMemory,
    storeOptions: taskStoreOptions(options),
    isolationLevel: cachePolicy?.isolationLevel,
    expiresIn: cacheExpiration === undefined ? undefined : toMilliseconds(cacheExpiration, "cacheExpiration"),
    refresh: refreshCache,
    onProgress: options.onProgress,
    namesKeys: namesKeys(options),
    hooks: {
      onCommit: toHooks(options.onCommit, "onCommit"),
      onRollback: toHooks(options.onRollback, "onRollback"),
    },
  };
}

export function taskStoreOptions(options: TaskOptions<never>): RunStoreOptions {
  const { resultStorage, resultSerializer: serializer, cacheResultInMemory, cachePolicy } = options;
  const { keyStorage, lockManager } = cachePolicy ?? {};
  return { resultStorage, serializer, cacheResultInMemory, keyStorage, lockManager };
}

export function namesKeys({ cachePolicy, cacheKeyFn, resultStorageKey }: TaskOptions<never>): boolean {
  return [cachePolicy, cacheKeyFn, resultStorageKey].some((each) => each !== undefined);
}

function impliesPersistence({ resultStorage, resultSerializer, cachePolicy, ...keys }: TaskOptions<never>): boolean {
  const named = [resultStorage, resultSerializer, keys.cacheKeyFn, keys.resultStorageKey];
  return named.some((each) => each !== undefined) || (cachePolicy !== undefined && cachePolicy !== NO_CACHE);
}

/** Names anonymous functions by their text. Otherwise two of them would share results. */
function resolveName(fn: CacheKeyTask["fn"], { name = fn.name, version }: TaskOptions<never>): string {
  if (name !== "") return name;
  if (version !== undefined)
    throw new ConfigurationError("A function without a name needs one beside its version: give the task a name");
  return `anonymous-${hashTextSync(JSON.stringify(Function.prototype.toString.call(fn))).slice(0, 8)}`;
}

/** A key of a policy follows the task's name and a slash. A template and `cacheKeyFn` make the whole key. */
function resolveKey(
  task: CacheKeyTask,
  options: TaskOptions<never>,
): Pick<ResolvedTaskOptions, "computeKey" | "assertSole"> {
  const { resultStorageKey, cacheKeyFn, cachePolicy = DEFAULT_POLICY, captures, onProgress } = options;
  for (const [name, fn] of Object.entries({ cacheKeyFn, captures, onProgress })) {
    if (fn !== undefined && typeof fn !== "function") throw new ConfigurationError(`${name} has to be a function`);
  }
  assertPolicy(cachePolicy);
  const template = resultStorageKey === undefined ? undefined : parseStorageKeyTemplate(resultStorageKey);
  const whole = template ?? (cacheKeyFn as ((context: CacheKeyContext) => CacheKey) | undefined);
  if (whole && captures) {
    throw new ConfigurationError("captures are part of a policy's key: put them into cacheKeyFn or resultStorageKey");
  }
  if (cachePolicy === NO_CACHE && !cacheKeyFn) return { computeKey: undefined, assertSole: undefined };
  const policy = captures ? cachePolicy.plus(new CapturesPolicy(captures)) : cachePolicy;
  const isSole = whole !== undefined || !isBuiltIn(policy);
  const prefix = whole ? "" : `${task.name}/`;
  const toKey = (part: unknown) => (part === undefined ? undefined : prefix + assertText(part));
  return {
    computeKey: (context) => {
      const part = whole ? whole(context) : policy.computeKey(context);
      return typeof part === "object" ? Promise.resolve(part).then(toKey) : toKey(part);
    },
    assertSole: isSole ? undefined : createDuplicateCheck(task),
  };
}

function assertText(part: unknown): string {
  if (typeof part === "string") return part;
  throw new InvalidArgumentError(`A cache key has to be a string, or undefined for none; got ${typeof part}`);
}
