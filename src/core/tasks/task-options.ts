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
  /** The first part of its keys. The function's own name at first, which a minifier changes. */
  name?: string | undefined;
  /** Stands for the function's text in `TASK_SOURCE`: a new one makes all its results outdated. */
  version?: string | undefined;
  /** Where results are kept; at first that of the flow or task around, else the runtime's default store. */
  store?: ResultStore | undefined;
  /**
   * Whether results are kept; at first as the settings for tasks say, else the flow around, else the settings. Naming a storage, a serializer
   * or a policy turns it on. `false` sets storage and policy aside; only `cacheResultInMemory: true` then keeps results, in this context.
   */
  persistResult?: boolean | undefined;
  /** Another storage, or the registered name of one, than the store's. */
  resultStorage?: ResultStorageInput | undefined;
  /** Another serializer, or the registered name of one, than the store's. */
  resultSerializer?: Serializer | string | undefined;
  /** The key itself instead of a policy's: a text with `{task.name}` and `{parameters.x}`, where `x` names an input. */
  resultStorageKey?: string | undefined;
  /** What the key is made of; `DEFAULT_POLICY` at first. Either this or `cacheKeyFn`. */
  cachePolicy?: CachePolicy | undefined;
  /** The key of a call, after the task's name; `undefined`: not cached. */
  cacheKeyFn?: ((context: CacheKeyContext<Args>) => CacheKey) | undefined;
  /** How long results last; for ever at first. */
  cacheExpiration?: Duration | undefined;
  /** Whether results are kept at hand too; as the store does it at first. With `false` every hit gives a fresh object. */
  cacheResultInMemory?: boolean | undefined;
  /** Runs each time and keeps the new result. */
  refreshCache?: boolean | undefined;
  /** The names of the arguments in their order, for calls that have no single object as argument. */
  parameters?: readonly string[] | undefined;
}

/** The same with nothing left open but what the place of a call decides. */
export interface ResolvedTaskOptions {
  readonly task: CacheKeyTask;
  readonly parameters: readonly string[];
  /** Gives the storage key; absent where the policy is never to keep anything. */
  readonly computeKey: ((context: CacheKeyContext) => CacheKey) | undefined;
  readonly store: ResultStore | undefined;
  /** What the task itself says, or implies by what it names. */
  readonly persistResult: boolean | undefined;
  readonly cacheResultInMemory: boolean | undefined;
  /** What its store has instead of what the store around has. */
  readonly storeOptions: RunStoreOptions;
  readonly isolationLevel: IsolationLevel | undefined;
  readonly expiresIn: number | undefined;
  readonly refresh: boolean;
  readonly hooks: { readonly onCommit: readonly TransactionHook[]; readonly onRollback: readonly TransactionHook[] };
}

const taskOptionNames = [
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

/** Throws `ConfigurationError` or `InvalidArgumentError` for options that can't be meant. */
export function resolveTaskOptions(fn: CacheKeyTask["fn"], options: TaskOptions<never>): ResolvedTaskOptions {
  assertOptions("task", options, taskOptionNames);
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

/** Nameless functions are told apart by their text, or two of them would share results. */
function resolveName(fn: CacheKeyTask["fn"], { name = fn.name, version }: TaskOptions<never>): string {
  if (name !== "") return name;
  if (version !== undefined)
    throw new ConfigurationError("A function without a name needs one beside its version: give the task a name");
  return `anonymous-${hashTextSync(JSON.stringify(Function.prototype.toString.call(fn))).slice(0, 8)}`;
}

/** A key of a policy or of `cacheKeyFn` stands behind the task's name and a slash; what a template gives is the whole key. */
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
