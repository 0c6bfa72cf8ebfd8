import { InvalidArgumentError } from "../../errors/index.ts";
import { currentEnclosing, type Enclosing, runInside } from "../locks/enclosing.ts";
import { assertStorageKeys } from "../record/storage-key.ts";
import type { StoredRecord } from "../storages/result-storage.ts";
import { getOrComputeOptionNames } from "../options/call-option-names.ts";
import type { GetOrComputeOptions } from "../options/call-options.ts";
import type { ValueOf } from "../freshness/standard-schema.ts";
import { keepsAll } from "../answers/answers.ts";
import type { ResultStore } from "../store/result-store.ts";
import type { CallSteps } from "../answers/keep.ts";
import { assertStore, internals } from "../store/store-internals.ts";
import { assertFunction } from "../support/assert-function.ts";
import { assertOptions } from "../support/assert-options.ts";
import { Gathering } from "./gathering.ts";

/** The options of `getOrCompute`. They hold for each key, and functions get its value. */
export interface GetOrComputeManyOptions<T = unknown, Output = unknown> extends Omit<
  GetOrComputeOptions<T, Output>,
  "holder"
> {}

/** Computes the values of these keys, in their order. */
export type ComputeMissing<T> = (
  keys: readonly string[],
  context: { readonly signal: AbortSignal },
) => readonly T[] | Promise<readonly T[]>;

interface Missing {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly enclosing: readonly Enclosing[];
}

export const getOrComputeManyOptionNames = /* @__PURE__ */ getOrComputeOptionNames.filter((name) => name !== "holder");

/**
 * The results of many keys, in the order of `keys`. Looks for all at once, and calls `computeMissing` once with the keys that
 * have no result. Keys that somebody else is computing are waited for. If some of them are still missing then, a later call of
 * `computeMissing` gets them. Each key is locked, kept, joined and invalidated as by `getOrCompute`. Rejects as that does,
 * and with `InvalidArgumentError` unless `computeMissing` returns one value a key.
 *
 * @example
 * ```ts
 * const maps = await getOrComputeMany(store, ["Oslo", "Bergen"], (missing) => missing.map((city) => draw(city)), {
 *   expiresIn: "1d",
 * });
 * ```
 */
export async function getOrComputeMany<T, Output = unknown>(
  store: ResultStore,
  keys: readonly string[],
  computeMissing: ComputeMissing<T>,
  options: GetOrComputeManyOptions<NoInfer<T>, Output> = {},
): Promise<ValueOf<T, NoInfer<Output>>[]> {
  assertStore(store, "getOrComputeMany");
  assertFunction(computeMissing, "getOrComputeMany");
  assertOptions("getOrComputeMany", options, getOrComputeManyOptionNames);
  assertStorageKeys(keys);
  const distinct = [...new Set(keys)];
  const stepsOf = stepsTogether(store, distinct, (missing) => computeAll(computeMissing, distinct, missing));
  const answers = new Map(
    distinct.map((key) => {
      const { steps, compute, onAnswer } = stepsOf(key);
      const answer = store[internals].answer(key, keepsAll(compute, key, options), options, steps);
      answer.then(onAnswer, onAnswer);
      return [key, answer as Promise<ValueOf<T, NoInfer<Output>>>];
    }),
  );
  return Promise.all(keys.map((key) => answers.get(key)!));
}

/** Looks, looks under the lock, and computations, each for all calls that come to it. */
function stepsTogether<T>(
  { resultStorage: storage }: ResultStore,
  keys: readonly string[],
  computeAllOf: (missing: readonly Missing[]) => Promise<readonly T[]>,
) {
  const looks = (fresh: boolean) =>
    new Gathering<string, StoredRecord | undefined>(async (asked) => storage.readMany!(asked, { fresh }));
  const first = looks(false);
  const foreground = [looks(true), new Gathering(computeAllOf)] as const;
  const background = [looks(true), new Gathering(computeAllOf)] as const;
  for (const key of keys) for (const gathering of [first, ...foreground]) gathering.expect(key);
  return (key: string) => {
    let [underLock, computations] = foreground;
    const leave = (...from: readonly Pick<typeof first, "leave">[]) => from.forEach((each) => each.leave(key));
    const leaveForeground = () => leave(first, ...foreground);
    const steps: CallSteps = {
      read: (options) => {
        const gathering = options.fresh ? underLock : first;
        return storage.readMany && gathering.expects(key) ? gathering.add(key, key) : storage.read(key, options);
      },
      onWait: leaveForeground,
      onRefresh: (end) => {
        [underLock, computations] = background;
        for (const gathering of background) gathering.expect(key);
        void end.then(() => leave(...background));
      },
    };
    const compute = ({ signal }: { signal: AbortSignal }) => {
      leave(first, underLock);
      return computations.add(key, { key, signal, enclosing: currentEnclosing() });
    };
    return { steps, compute, onAnswer: leaveForeground };
  };
}

/** One call of the function for all, in the order of the keys. */
async function computeAll<T>(
  computeMissing: ComputeMissing<T>,
  order: readonly string[],
  missing: readonly Missing[],
): Promise<T[]> {
  const keys = order.filter((key) => missing.some((one) => one.key === key));
  const enclosing = new Set(missing.flatMap((one) => one.enclosing));
  const signal = abortedByAll(missing.map((one) => one.signal));
  signal.throwIfAborted();
  const values = await runInside([...enclosing], () => computeMissing(keys, { signal }));
  const got = Array.isArray(values) ? values.length : typeof values;
  if (got !== keys.length) {
    throw new InvalidArgumentError(
      `The function of getOrComputeMany has to return an array with one value for each key; got ${got} for ${keys.length} keys`,
    );
  }
  return missing.map(({ key }) => values[keys.indexOf(key)]!);
}

/** Aborts when nobody waits for any of the keys any more. */
function abortedByAll(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  const check = () => {
    if (signals.every(({ aborted }) => aborted)) controller.abort(signals[0]?.reason);
  };
  for (const signal of signals) signal.addEventListener("abort", check, { once: true });
  check();
  return controller.signal;
}
