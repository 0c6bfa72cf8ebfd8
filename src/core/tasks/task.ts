import { ConfigurationError, InvalidArgumentError } from "../../errors/index.ts";
import type { InvalidateOptions } from "../options/call-options.ts";
import type { ResultStore } from "../store/result-store.ts";
import type { ValueOf } from "../freshness/standard-schema.ts";
import type { DeferredCall, Scheduler } from "../options/scheduler.ts";
import { currentScope, type Scope } from "../context/scope.ts";
import { currentWork } from "../work/unit-of-work.ts";
import type { AnyFunction, ArgumentsOf, CallsOf, ResultOf } from "./call-signatures.ts";
import { type Explanation, explainCall } from "./explain.ts";
import { type PreparedCall, prepare } from "./prepared-call.ts";
import { answerCall, type CachedCallOptions, placeCall } from "./task-call.ts";
import { assertTaskOptions, namesKeys, resolveTaskOptions, type TaskOptions } from "./task-options.ts";
import { assertArguments, TaskPlace } from "./task-place.ts";

/** A function whose results are kept. With a `schema`, the function returns `Computed`, and callers get `Result`. */
export interface Task<Args extends readonly unknown[], Result, Computed = Result> extends TaskMembers<
  Args,
  Result,
  Computed
> {
  /**
   * Returns the kept result for these arguments, or else the function's. Rejects with an error of the function, which is kept
   * only for `errorExpiresIn`, with that of a commit hook, and with `HashError` for arguments without a stable key. If the arguments change before it
   * settles, the result is not kept.
   */
  (...args: Args): Promise<Result>;
  /** Another task for the same function. These options override its own. */
  withOptions<Output = unknown>(
    options: TaskOptions<Args, Computed, Output>,
  ): Task<Args, ValueOf<Result, NoInfer<Output>>, Computed>;
}

/** A task whose function is generic or has overloads. `Call` is its signature. */
export type OverloadedTask<Call, Args extends readonly unknown[], Result> = Call &
  TaskMembers<Args, Result> & {
    /** Another task for the same function. These options override its own. */
    withOptions(options: TaskOptions<Args, Result> & { schema?: undefined }): OverloadedTask<Call, Args, Result>;
    withOptions<Output>(
      options: TaskOptions<Args, Result, Output>,
    ): Task<Args, ValueOf<Result, NoInfer<Output>>, Result>;
  };

/** The task of a function. A generic function keeps its type parameters if it is async. Up to four overloads are kept. */
export type TaskOf<F extends AnyFunction, Output = unknown> =
  CallsOf<F> extends {
    args: infer Args extends readonly unknown[];
    result: infer Result;
    overloads: infer Call;
  }
    ? unknown extends Output
      ? [Call] extends [never]
        ? Task<Args, Result>
        : OverloadedTask<Call, Args, Result>
      : Task<Args, Output, Result>
    : never;

/** The members of tasks of every signature. */
export interface TaskMembers<Args extends readonly unknown[], Result, Computed = Result> {
  /** The name of the task: that of its options, else that of its function. */
  readonly name: string;
  /** The options that the task was made with. */
  readonly options: Readonly<TaskOptions<Args, Computed>>;
  /** The storage key of a call with these arguments; `undefined` if it would not be cached. */
  cacheKey(args: Args): Promise<string | undefined>;
  /**
   * Submits a call to the scheduler of its store, such as the Worker that the store shares its results with. The scheduler
   * computes and keeps the result, even if this page is closed. The arguments are those at the call. Rejects with `ConfigurationError` if there is no scheduler,
   * or if the call would not be cached.
   */
  defer(args: Args): Promise<DeferredCall<Result>>;
  /**
   * Says that the data behind the result for these arguments has changed, as `store.invalidate` does. Does nothing for a call that
   * has no key.
   */
  invalidate(args: Args, options?: InvalidateOptions): Promise<void>;
  /**
   * The same for all results of the task, of all versions. Covers the keys that begin with the task's name and a slash, so give no
   * task the beginning of such a key as its name. A task with `cacheKeyFn` or `resultStorageKey` tags its records instead.
   */
  invalidateAll(options?: InvalidateOptions): Promise<void>;
  /**
   * Says what a call with these arguments would find, and why. Computes nothing, writes nothing, and waits for no lock. Looks
   * for a near record among the first 1,000 of the task, or of the store if the keys have any form.
   *
   * @example
   * ```ts
   * const explanation = await isochrones.explain([{ city: "Oslo", minutes: 20 }]);
   * if (explanation.state === "changed") console.log(explanation.nearest.changed); // ["minutes"]
   * ```
   */
  explain(args: Args): Promise<Explanation>;
}

/** The type of `task`. */
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
  <F extends AnyFunction, Output = unknown>(
    fn: F,
    options?: TaskOptions<ArgumentsOf<F>, NoInfer<ResultOf<F>>, Output>,
  ): TaskOf<F, NoInfer<Output>>;
}

/** Creates `task` for a runtime. `defaultStore` returns the runtime's default store. */
export function createTask(defaultStore: () => ResultStore): TaskFactory {
  function task<Args extends readonly unknown[], Value>(
    fn: (...args: Args) => unknown,
    options: TaskOptions<Args, Value> = {},
  ): Task<Args, Value> {
    if (typeof fn !== "function")
      throw new InvalidArgumentError(`task needs a function; got ${fn === null ? "null" : typeof fn}`);
    const resolved = resolveTaskOptions(fn, options);
    const place = new TaskPlace(resolved, defaultStore);

    function prepareCall(args: Args) {
      const scope = currentScope();
      // the surrounding work counts, even if it ends before the call
      const around = currentWork(scope);
      const description = place.describe(args, scope);
      const key = place.keyOf(description, scope);
      const callOf = (found: string | undefined): CachedCallOptions => {
        const persists = place.persists(scope);
        const store = place.store(scope, persists || found === undefined, around);
        if (found !== undefined) place.assertSole(store);
        const inside = () => place.store(scope, true, around);
        const refresh = place.refreshes(scope);
        const called = { scope, around, persists, store, inside, refresh };
        return { ...called, description, options: resolved, run: () => fn(...args) };
      };
      return { key, callOf };
    }

    // a key that is available at once is not awaited, which would cost a third of a hit
    function call(...args: Args): Promise<Value> {
      try {
        const { key, callOf } = prepareCall(args);
        const answer = (found: string | undefined) => answerCall(callOf(found), found);
        return (typeof key === "object" ? key.then(answer) : answer(key)) as Promise<Value>;
      } catch (error) {
        return Promise.reject(error);
      }
    }

    const prepared = (args: Args): PreparedCall => {
      const { key, callOf } = prepareCall(args);
      return { key, at: (found) => placeCall(callOf(found), found) };
    };

    const methods: Pick<Task<Args, Value>, MethodName> = {
      withOptions: (more) => task(fn, layOver(options, more)) as never,
      cacheKey: async (args) => {
        assertArguments("cacheKey", args);
        const scope = currentScope();
        return place.keyOf(place.describe(args, scope), scope);
      },
      invalidate: async (args, given) => {
        assertArguments("invalidate", args);
        const scope = currentScope();
        const key = await resolved.computeKey?.(place.describe(args, scope));
        if (key !== undefined) await place.storeOfRecords(scope).invalidate([key], given);
      },
      invalidateAll: (given) => place.storeOfRecords(currentScope()).invalidate(resolved.records, given),
      explain: async (args) => {
        assertArguments("explain", args);
        return explainCall(place, args, currentScope());
      },
      defer: async (args) => {
        assertArguments("defer", args);
        return deferCall<Value>(place, args, currentScope());
      },
    };
    return Object.defineProperties(call as Task<Args, Value>, {
      name: { value: resolved.task.name },
      [prepare]: { value: prepared },
      options: { value: Object.freeze({ ...options }) },
      ...Object.fromEntries(Object.entries(methods).map(([name, value]) => [name, { value }])),
    });
  }
  return task as TaskFactory;
}

type MethodName = "withOptions" | "cacheKey" | "invalidate" | "invalidateAll" | "explain" | "defer";

async function deferCall<Result>(
  place: TaskPlace,
  args: readonly unknown[],
  scope: Scope,
): Promise<DeferredCall<Result>> {
  const argumentsStore = place.baseStore(scope);
  const store = place.store(scope, true);
  // a result kept in the scheduler's memory only could not be found by anyone
  const keyed = place.persists(scope) ? place.keyOf(place.describe(args, scope), scope) : undefined;
  // arguments that can't be serialized stay as they are, and the scheduler refuses them if it needs them
  const captured = argumentsStore.createResultRecord([...args], { key: "parameters" }).capture();
  const copy = captured.copy().then(
    ({ result }) => result as readonly unknown[],
    () => args,
  );
  const key = await keyed;
  if (key !== undefined) place.assertSole(store);
  const deferred = { store, argumentsStore, task: place.resolved.task.name, key, args: await copy };
  const call: Promise<DeferredCall<unknown>> = schedulerOf(store).defer({
    ...deferred,
    refresh: place.refreshes(scope),
  });
  return call as Promise<DeferredCall<Result>>;
}

function schedulerOf({ scheduler }: ResultStore): Scheduler {
  if (typeof scheduler?.defer === "function") return scheduler;
  throw new ConfigurationError(
    scheduler
      ? "The store's scheduler can't defer calls of tasks: let its class extend TaskScheduler"
      : "The store has no scheduler: give createResultStore a remote, whose Worker registers the task, or new MemoryTaskScheduler({ tasks })",
  );
}

/** A new key option replaces the earlier one, whether policy, function or template. */
function layOver<Args extends readonly unknown[], Result>(
  options: TaskOptions<Args, Result>,
  more: TaskOptions<Args, Result>,
): TaskOptions<Args, Result> {
  assertTaskOptions(more);
  const { cachePolicy, cacheKeyFn, resultStorageKey, captures, ...rest } = options;
  const keys = namesKeys(more) ? {} : { cachePolicy, cacheKeyFn, resultStorageKey };
  const isPolicys = more.cacheKeyFn === undefined && more.resultStorageKey === undefined;
  return { ...rest, ...keys, ...(isPolicys && { captures }), ...more };
}
