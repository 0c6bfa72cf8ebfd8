import { ConfigurationError, InvalidArgumentError } from "../../errors/index.ts";
import { tellUnkept } from "../events/store-event.ts";
import { randomId } from "../support/random-id.ts";
import { type FlowOptions, flowOptionNames, flowStoreOptions } from "./flow-options.ts";
import { withDefaults } from "../context/configure.ts";
import { assertFreshness, freshnessIn } from "../context/freshness-defaults.ts";
import { Run } from "../context/run.ts";
import { wholeStorage } from "./run-store.ts";
import type { ResultStore } from "../store/result-store.ts";
import { currentScope } from "../context/scope.ts";
import { assertOptions } from "../support/assert-options.ts";
import type { AnyFunction, CallsOf } from "./call-signatures.ts";
import { assertParameters, describeInputs } from "./task-inputs.ts";
import { TaskStores } from "./task-stores.ts";

/** A function whose runs provide a store and settings for the tasks in it. */
export interface Flow<Args extends readonly unknown[], Result> extends FlowMembers {
  /** Runs the function. Rejects with its error. */
  (...args: Args): Promise<Result>;
  /** Another flow for the same function. These options override its own. */
  withOptions(options: FlowOptions): Flow<Args, Result>;
}

/** A flow whose function is generic or has overloads. `Call` is its signature. */
export type OverloadedFlow<Call> = Call &
  FlowMembers & {
    /** Another flow for the same function. These options override its own. */
    withOptions(options: FlowOptions): OverloadedFlow<Call>;
  };

/** The flow of a function. A generic function keeps its type parameters if it is async. Up to four overloads are kept. */
export type FlowOf<F extends AnyFunction> =
  CallsOf<F> extends {
    args: infer Args extends readonly unknown[];
    result: infer Result;
    overloads: infer Call;
  }
    ? [Call] extends [never]
      ? Flow<Args, Result>
      : OverloadedFlow<Call>
    : never;

/** The members of flows of every signature. */
export interface FlowMembers {
  /** The name of the flow: that of its options, else that of its function. */
  readonly name: string;
  /** The options that the flow was made with. */
  readonly options: Readonly<FlowOptions>;
}

/** The type of `flow`. */
export interface FlowFactory {
  /**
   * Wraps a function so that the tasks called in it share a store and settings, and know the run that they are part of.
   * Throws `ConfigurationError` or `InvalidArgumentError` for invalid options.
   *
   * @example
   * ```ts
   * const report = flow(
   *   async (year: number) => {
   *     const run = getRunContext();
   *     const rows = await loadRows(year);
   *     return run.run(summarize, rows);
   *   },
   *   { name: "report", resultSerializer: "json" },
   * );
   * ```
   */
  <F extends AnyFunction>(fn: F, options?: FlowOptions): FlowOf<F>;
}

/** Creates `flow` for a runtime. `defaultStore` returns the runtime's default store. */
export function createFlow(defaultStore: () => ResultStore): FlowFactory {
  function flow<Args extends readonly unknown[], Result>(
    fn: (...args: Args) => Result,
    options: FlowOptions = {},
  ): Flow<Args, Awaited<Result>> {
    assertFlow(fn, options);
    const { name = fn.name || "flow", parameters = [] } = options;
    const stores = new TaskStores(flowStoreOptions(options));
    const defaults = freshnessIn(options);
    const hasDefaults = Object.keys(defaults).length > 0;

    async function call(...args: Args): Promise<Awaited<Result>> {
      const scope = currentScope();
      const store = stores.of(options.store ?? scope.run?.store ?? defaultStore(), true, undefined);
      const persistResult = options.persistResult ?? (impliesPersistence(options) || scope.run?.flow?.persistResult);
      const { inputs } = describeInputs(args, parameters);
      const run = new Run({
        kind: "flow",
        name,
        id: randomId(),
        parameters: inputs,
        store,
        persistResult,
        scope: hasDefaults ? withDefaults(scope, defaults) : scope,
      });
      const value = await run.run(fn, ...args);
      if (persistResult) await keepOwnResult(run, value);
      return value;
    }

    return Object.defineProperties(call as Flow<Args, Awaited<Result>>, {
      name: { value: name },
      options: { value: Object.freeze({ ...options }) },
      withOptions: {
        value: (more: FlowOptions) => {
          assertOptions("flow", more, flowOptionNames);
          return flow(fn, { ...options, ...more });
        },
      },
    });
  }
  return flow as FlowFactory;
}

function impliesPersistence({ resultStorage, resultSerializer }: FlowOptions): true | undefined {
  return resultStorage !== undefined || resultSerializer !== undefined || undefined;
}

function assertFlow(fn: unknown, options: FlowOptions): void {
  if (typeof fn !== "function") {
    throw new InvalidArgumentError(`flow needs a function; got ${fn === null ? "null" : typeof fn}`);
  }
  assertOptions("flow", options, flowOptionNames);
  const { parameters = [], store } = options;
  assertParameters(parameters);
  assertFreshness(options);
  if (store !== undefined && typeof store?.getOrCompute !== "function") {
    throw new ConfigurationError("store has to be a ResultStore, such as createResultStore() returns");
  }
}

/** Keeps a whole record, even if metadata is kept separately. A failure never hides the result. */
async function keepOwnResult({ name, id, store }: Run, value: unknown): Promise<void> {
  const key = `flows/${name}/${id}`;
  try {
    await store.withOptions({ resultStorage: wholeStorage(store.resultStorage) }).write(key, value);
  } catch (error) {
    tellUnkept(store.onEvent, key, error);
  }
}
