import { ConfigurationError, InvalidArgumentError } from "../../errors/index.ts";
import type { ResultStore } from "../store/result-store.ts";
import type { DeferredCall, Scheduler } from "../store/scheduler.ts";
import { currentScope, type Scope } from "../context/scope.ts";
import { settingsIn } from "../context/configure.ts";
import { currentWork } from "../work/unit-of-work.ts";
import { answerCall } from "./task-call.ts";
import { describeCall } from "./task-inputs.ts";
import {
  assertTaskOptions,
  namesKeys,
  type ResolvedTaskOptions,
  resolveTaskOptions,
  type TaskOptions,
} from "./task-options.ts";
import { TaskStores } from "./task-stores.ts";

/** A function whose results are kept. */
export interface Task<Args extends readonly unknown[], Result> {
  /**
   * Returns the kept result for these arguments, or else the function's. Rejects with an error of the function or of a commit
   * hook, which is not kept, and with `HashError` for arguments without a stable key. If the arguments change before it
   * settles, the result is not kept.
   */
  (...args: Args): Promise<Result>;
  readonly name: string;
  readonly options: Readonly<TaskOptions<Args>>;
  /** Another task for the same function. These options override its own. */
  withOptions(options: TaskOptions<Args>): Task<Args, Result>;
  /** The storage key of a call with these arguments; `undefined` if it would not be cached. */
  cacheKey(args: Args): Promise<string | undefined>;
  /**
   * Submits a call to the scheduler of its store, such as the Worker that the store shares its results with. The scheduler
   * computes and keeps the result, even if this page is closed. The arguments are those at the call. Rejects with `ConfigurationError` if there is no scheduler,
   * or if the call would not be cached.
   */
  defer(args: Args): Promise<DeferredCall<Result>>;
}

export interface TaskFactory {
  /**
   * Wraps a function so that its results are kept. They go to the runtime's store, unless its options or the surrounding
   * flow name another one. A call with the same inputs (see `INPUTS`) returns the kept result, until the function's text or
   * its `version` changes. Concurrent callers join. Options are checked at once (`ConfigurationError`,
   * `InvalidArgumentError`), registered names at the first call. Values that the function takes from around it are not part
   * of the key, unless its `captures` return them.
   *
   * @example
   * ```ts
   * const isochrones = task(computeIsochrones, { name: "isochrones", version: "2", cacheExpiration: "30d" });
   * const map = await isochrones({ city: "Oslo", minutes: 15 });
   * ```
   */
  <Args extends readonly unknown[], Result>(
    fn: (...args: Args) => Result,
    options?: TaskOptions<Args>,
  ): Task<Args, Awaited<Result>>;
}

/** Creates `task` for a runtime. `defaultStore` returns the runtime's default store. */
export function createTask(defaultStore: () => ResultStore): TaskFactory {
  return function task<Args extends readonly unknown[], Result>(
    fn: (...args: Args) => Result,
    options: TaskOptions<Args> = {},
  ): Task<Args, Awaited<Result>> {
    if (typeof fn !== "function")
      throw new InvalidArgumentError(`task needs a function; got ${fn === null ? "null" : typeof fn}`);
    const resolved = resolveTaskOptions(fn, options);
    const stores = new TaskStores(resolved.storeOptions);
    const describe = (args: Args, { run }: Scope) => describeCall(resolved.task, args, resolved.parameters, run?.flow);
    const keyOf = (args: Args, scope: Scope, description = describe(args, scope)) =>
      keepsIn(scope, resolved) ? resolved.computeKey?.(description) : undefined;
    const refreshIn = (scope: Scope) => resolved.refresh ?? settingsIn(scope).tasks.refreshCache ?? false;
    let sole: ResultStore | undefined;
    const assertSole = (store: ResultStore) => {
      if (store !== sole) resolved.assertSole?.(store.resultStorage);
      sole = store;
    };
    const baseStoreIn = ({ run }: Scope): ResultStore => resolved.store ?? run?.store ?? defaultStore();
    const storeIn = (scope: Scope, persists: boolean, around = currentWork(scope)): ResultStore =>
      stores.of(baseStoreIn(scope), persists, around?.store?.lockManager);

    // a key that is available at once is not awaited, which would cost a third of a hit
    function call(...args: Args): Promise<Awaited<Result>> {
      try {
        const scope = currentScope();
        // the surrounding work counts, even if it ends before the call
        const around = currentWork(scope);
        const description = describe(args, scope);
        const key = keyOf(args, scope, description);
        const answer = (found: string | undefined) => {
          const persists = persistsIn(scope, resolved);
          const store = storeIn(scope, persists || found === undefined, around);
          if (found !== undefined) assertSole(store);
          const inside = () => storeIn(scope, true, around);
          const refresh = refreshIn(scope);
          const place = { scope, around, persists, store, inside, refresh };
          return answerCall({ ...place, description, options: resolved, run: () => fn(...args) }, found);
        };
        return (typeof key === "object" ? key.then(answer) : answer(key)) as Promise<Awaited<Result>>;
      } catch (error) {
        return Promise.reject(error);
      }
    }

    return Object.defineProperties(call as Task<Args, Awaited<Result>>, {
      name: { value: resolved.task.name },
      options: { value: Object.freeze({ ...options }) },
      withOptions: { value: (more: TaskOptions<Args>) => task(fn, layOver(options, more)) },
      cacheKey: { value: async (args: Args) => keyOf(args, currentScope()) },
      defer: {
        value: async (args: Args) => {
          if (!Array.isArray(args)) {
            throw new InvalidArgumentError("defer takes the arguments of the call as an array: defer([argument])");
          }
          const scope = currentScope();
          const argumentsStore = baseStoreIn(scope);
          const store = storeIn(scope, true);
          // a result kept in the scheduler's memory only could not be found by anyone
          const keyed = persistsIn(scope, resolved) ? keyOf(args, scope) : undefined;
          // arguments that can't be serialized stay as they are, and the scheduler refuses them if it needs them
          const captured = argumentsStore.createResultRecord([...args], { key: "parameters" }).capture();
          const copy = captured.copy().then(
            ({ result }) => result as Args,
            () => args,
          );
          const key = await keyed;
          if (key !== undefined) assertSole(store);
          const deferred = { store, argumentsStore, task: resolved.task.name, key, args: await copy };
          return schedulerOf(store).defer({ ...deferred, refresh: refreshIn(scope) });
        },
      },
    });
  };
}

function schedulerOf({ scheduler }: ResultStore): Scheduler {
  if (typeof scheduler?.defer === "function") return scheduler;
  throw new ConfigurationError(
    scheduler
      ? "The store's scheduler can't defer calls of tasks: let its class extend TaskScheduler"
      : "Nobody is there to defer work to: give createResultStore a remote, whose Worker registers the task, or a scheduler",
  );
}

/** Whether results of calls made here are kept in a storage. */
function persistsIn(scope: Scope, { persistResult }: ResolvedTaskOptions): boolean {
  if (persistResult !== undefined) return persistResult;
  const { tasks, persistByDefault } = settingsIn(scope);
  return tasks.defaultPersistResult ?? scope.run?.flow?.persistResult ?? persistByDefault;
}

/** Whether they are kept at all, even if in memory only. */
function keepsIn(scope: Scope, options: ResolvedTaskOptions): boolean {
  const { disableCaching, defaultNoCache } = settingsIn(scope).tasks;
  if (disableCaching || (defaultNoCache && !options.namesKeys)) return false;
  return options.cacheResultInMemory === true || persistsIn(scope, options);
}

/** A new key option replaces the earlier one, whether policy, function or template. */
function layOver<Args extends readonly unknown[]>(
  options: TaskOptions<Args>,
  more: TaskOptions<Args>,
): TaskOptions<Args> {
  assertTaskOptions(more);
  const { cachePolicy, cacheKeyFn, resultStorageKey, captures, ...rest } = options;
  const keys = namesKeys(more) ? {} : { cachePolicy, cacheKeyFn, resultStorageKey };
  const isPolicys = more.cacheKeyFn === undefined && more.resultStorageKey === undefined;
  return { ...rest, ...keys, ...(isPolicys && { captures }), ...more };
}
