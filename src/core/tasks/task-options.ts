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
  partsOf,
  NO_CACHE,
} from "../keys/cache-policy.ts";
import { createDuplicateCheck } from "../keys/duplicate-tasks.ts";
import { assertOptions } from "../support/assert-options.ts";
import { hashTextSync } from "../keys/hash.ts";
import type { IsolationLevel } from "../locks/isolation-level.ts";
import { parseStorageKeyTemplate } from "../keys/storage-key-template.ts";
import type { RunStoreOptions } from "./run-store.ts";
import type { ResultStore } from "../store/result-store.ts";
import type { StandardSchema } from "../freshness/standard-schema.ts";
import type { Serializer } from "../serializers/serializer.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import type { ResultStorageInput } from "../storages/storage-registry.ts";
import { type Answering, answeringNames, type AnsweringOptions, resolveAnswering } from "./task-answering.ts";
import { assertParameters } from "./task-inputs.ts";
import { toHooks } from "../work/hooks.ts";
import type { HookOptions, TransactionHook } from "../work/transaction.ts";

/**
 * How a task makes keys, and how its results are kept and answered. In a transaction that keeps results at its commit, the
 * options decide what is kept, and `computeTimeout` holds. Nothing stale is served there, and no error is kept.
 */
export interface TaskOptions<Args extends readonly unknown[] = readonly unknown[], Result = unknown, Output = unknown>
  extends HookOptions, AnsweringOptions<Result, Output> {
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
  /** Whether results are kept in memory too. Default: the store's choice. With `false` every hit returns a fresh object. */
  cacheResultInMemory?: boolean | undefined;
  /** Runs every call and keeps the new result. Default: the settings. */
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
  /** The values that the key is made of, by name. */
  readonly partsOf: (context: CacheKeyContext) => (readonly [string, unknown])[];
  /** Covers all of its records. */
  readonly records: TaskRecords;
  /** Throws `ConfigurationError` if another task keeps results under the same keys. Absent if nothing can tell. */
  readonly assertSole: ((storage: ResultStorage) => void) | undefined;
  readonly store: ResultStore | undefined;
  /** The task's explicit choice, or the one implied by the parts that it names. */
  readonly persistResult: boolean | undefined;
  readonly cacheResultInMemory: boolean | undefined;
  /** The parts in which its store differs from the surrounding store. */
  readonly storeOptions: RunStoreOptions;
  readonly isolationLevel: IsolationLevel | undefined;
  readonly answering: Answering;
  readonly schema: StandardSchema | undefined;
  readonly refresh: boolean | undefined;
  /** Whether it names a policy or a key. */
  readonly namesKeys: boolean;
  readonly hooks: { readonly onCommit: readonly TransactionHook[]; readonly onRollback: readonly TransactionHook[] };
}

/** The keys of a policy begin with the task's name. A template and `cacheKeyFn` make any key, so those records have a tag. */
export type TaskRecords =
  | { readonly prefix: string; readonly tags?: never }
  | { readonly tags: readonly string[]; readonly prefix?: never };

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
  ...answeringNames,
  "cacheResultInMemory",
  "refreshCache",
  "parameters",
  "onCommit",
  "onRollback",
] as const satisfies readonly (keyof TaskOptions)[];

const elsewhere = new Map([["expiresIn", ": a task calls it cacheExpiration"]]);

/** Throws `ConfigurationError` for unknown options. */
export function assertTaskOptions(options: TaskOptions<never>): void {
  assertOptions("task", options, taskOptionNames, elsewhere);
}

/** Throws `ConfigurationError` or `InvalidArgumentError` for invalid options. */
export function resolveTaskOptions(fn: CacheKeyTask["fn"], options: TaskOptions<never>): ResolvedTaskOptions {
  assertTaskOptions(options);
  const { parameters = [], refreshCache, store, schema, cacheResultInMemory, cachePolicy } = options;
  assertParameters(parameters);
  if (store !== undefined && typeof store?.getOrCompute !== "function") {
    throw new ConfigurationError("store has to be a ResultStore, such as createResultStore() returns");
  }
  const task = { name: resolveName(fn, options), version: options.version, fn };
  const key = resolveKey(task, options);
  return {
    task,
    parameters,
    ...key,
    answering: resolveAnswering(options, key.records.tags ?? []),
    schema,
    store,
    persistResult: options.persistResult ?? (impliesPersistence(options) || undefined),
    cacheResultInMemory,
    storeOptions: taskStoreOptions(options),
    isolationLevel: cachePolicy?.isolationLevel,
    refresh: refreshCache,
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
    throw new ConfigurationError(
      'A function without a name needs one beside its version: give the task a name, such as { name: "isochrones" }',
    );
  return `anonymous-${hashTextSync(JSON.stringify(Function.prototype.toString.call(fn))).slice(0, 8)}`;
}

/** A key of a policy follows the task's name and a slash. A template and `cacheKeyFn` make the whole key. */
function resolveKey(
  task: CacheKeyTask,
  options: TaskOptions<never>,
): Pick<ResolvedTaskOptions, "computeKey" | "partsOf" | "records" | "assertSole"> {
  const { resultStorageKey, cacheKeyFn, cachePolicy = DEFAULT_POLICY, captures, onProgress } = options;
  for (const [name, fn] of Object.entries({ cacheKeyFn, captures, onProgress })) {
    if (fn !== undefined && typeof fn !== "function")
      throw new ConfigurationError(`${name} has to be a function; got ${typeof fn}`);
  }
  assertPolicy(cachePolicy);
  const template = resultStorageKey === undefined ? undefined : parseStorageKeyTemplate(resultStorageKey);
  const whole = template ?? (cacheKeyFn as ((context: CacheKeyContext) => CacheKey) | undefined);
  if (whole && captures) {
    throw new ConfigurationError(
      "captures are part of a policy's key: leave them out, and put the values into cacheKeyFn or resultStorageKey",
    );
  }
  const records: TaskRecords = whole ? { tags: [taskTag(task.name)] } : { prefix: `${task.name}/` };
  const policy = captures ? cachePolicy.plus(new CapturesPolicy(captures)) : cachePolicy;
  const common = {
    records,
    partsOf: (context: CacheKeyContext) => (whole ? Object.entries(context.inputs) : partsOf(policy, context)),
  };
  if (cachePolicy === NO_CACHE && !cacheKeyFn) return { ...common, computeKey: undefined, assertSole: undefined };
  const isSole = whole !== undefined || !isBuiltIn(policy);
  const { prefix = "" } = records;
  const toKey = (part: unknown) => (part === undefined ? undefined : prefix + assertText(part));
  return {
    ...common,
    computeKey: (context) => {
      const part = whole ? whole(context) : policy.computeKey(context);
      return typeof part === "object" ? Promise.resolve(part).then(toKey) : toKey(part);
    },
    assertSole: isSole ? undefined : createDuplicateCheck(task),
  };
}

/** The tag of all records of a task that makes whole keys. */
function taskTag(name: string): string {
  return `task:${name.isWellFormed() && name.length <= 200 ? name : hashTextSync(JSON.stringify(name))}`;
}

function assertText(part: unknown): string {
  if (typeof part === "string") return part;
  throw new InvalidArgumentError(`A cache key has to be a string, or undefined for none; got ${typeof part}`);
}
