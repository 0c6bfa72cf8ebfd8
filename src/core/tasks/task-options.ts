import { ConfigurationError, InvalidArgumentError } from "../../errors/index.ts";
import {
  assertPolicy,
  type CacheKey,
  type CacheKeyContext,
  type CachePolicy,
  type CacheKeyTask,
  DEFAULT_POLICY,
  NO_CACHE,
} from "../keys/cache-policy.ts";
import { assertOptions } from "../support/assert-options.ts";
import { type Duration, toMilliseconds } from "../support/duration.ts";
import { hashTextSync } from "../keys/hash.ts";
import type { IsolationLevel } from "../locks/isolation-level.ts";
import { parseStorageKeyTemplate } from "../keys/storage-key-template.ts";
import type { RunStoreOptions } from "./run-store.ts";
import type { ResultStore } from "../store/result-store.ts";
import type { Serializer } from "../serializers/serializer.ts";
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
  /** The policy that makes the key. Default: `DEFAULT_POLICY`. Use either this or `cacheKeyFn`. */
  cachePolicy?: CachePolicy | undefined;
  /** Returns the key of a call, which follows the task's name; `undefined`: not cached. */
  cacheKeyFn?: ((context: CacheKeyContext<Args>) => CacheKey) | undefined;
  /** How long results last. Default: for ever. */
  cacheExpiration?: Duration | undefined;
  /** Whether results are kept in memory too. Default: the store's choice. With `false` every hit returns a fresh object. */
  cacheResultInMemory?: boolean | undefined;
  /** Runs every call and keeps the new result. */
  refreshCache?: boolean | undefined;
  /** The names of the arguments in order, for calls without a single object as argument. */
  parameters?: readonly string[] | undefined;
}

/** The resolved options. Only the parts that depend on the place of a call are left open. */
export interface ResolvedTaskOptions {
  readonly task: CacheKeyTask;
  readonly parameters: readonly string[];
  /** Computes the storage key. Absent if the policy never keeps results. */
  readonly computeKey: ((context: CacheKeyContext) => CacheKey) | undefined;
  readonly store: ResultStore | undefined;
  /** The task's explicit choice, or the one implied by the parts that it names. */
  readonly persistResult: boolean | undefined;
  readonly cacheResultInMemory: boolean | undefined;
  /** The parts in which its store differs from the surrounding store. */
  readonly storeOptions: RunStoreOptions;
  readonly isolationLevel: IsolationLevel | undefined;
  readonly expiresIn: number | undefined;
  readonly refresh: boolean;
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
  "cacheExpiration",
  "cacheResultInMemory",
  "refreshCache",
  "parameters",
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
  const { parameters = [], cacheExpiration, refreshCache = false, store, cacheResultInMemory, cachePolicy } = options;
  assertParameters(parameters);
  if (store !== undefined && typeof store?.getOrCompute !== "function") {
    throw new ConfigurationError("store has to be a ResultStore");
  }
  const task = { name: resolveName(fn, options), version: options.version, fn };
  return {
    task,
    parameters,
    computeKey: resolveKey(task, options),
    store,
    persistResult: options.persistResult ?? (impliesPersistence(options) || undefined),
    cacheResultInMemory,
    storeOptions: taskStoreOptions(options),
    isolationLevel: cachePolicy?.isolationLevel,
    expiresIn: cacheExpiration === undefined ? undefined : toMilliseconds(cacheExpiration, "cacheExpiration"),
    refresh: refreshCache,
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

/** A key of a policy or of `cacheKeyFn` follows the task's name and a slash. A template makes the whole key. */
function resolveKey(task: CacheKeyTask, options: TaskOptions<never>): ResolvedTaskOptions["computeKey"] {
  const { resultStorageKey } = options;
  const computePart = resolvePolicy(options);
  const template = resultStorageKey === undefined ? undefined : parseStorageKeyTemplate(resultStorageKey);
  if (options.cachePolicy === NO_CACHE) return undefined;
  const toKey = (part: string | undefined) => (part === undefined ? undefined : `${task.name}/${assertText(part)}`);
  return (
    template ??
    ((context) => {
      const part = computePart(context);
      return typeof part === "object" ? Promise.resolve(part).then(toKey) : toKey(part);
    })
  );
}

function resolvePolicy({ cachePolicy, cacheKeyFn }: TaskOptions<never>): (context: CacheKeyContext) => CacheKey {
  if (cacheKeyFn === undefined) {
    const policy = cachePolicy ?? DEFAULT_POLICY;
    assertPolicy(policy);
    return (context) => policy.computeKey(context);
  }
  if (cachePolicy !== undefined) throw new ConfigurationError("Give cachePolicy or cacheKeyFn, not both");
  if (typeof cacheKeyFn !== "function") throw new ConfigurationError("cacheKeyFn has to be a function");
  return cacheKeyFn as (context: CacheKeyContext) => CacheKey;
}

function assertText(part: unknown): string {
  if (typeof part === "string") return part;
  throw new InvalidArgumentError(`A cache key has to be a string, or undefined for none; got ${typeof part}`);
}
