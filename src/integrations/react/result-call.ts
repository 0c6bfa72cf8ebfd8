import { keepsAll } from "../../core/answers/answers.ts";
import { ConfigurationError, InvalidArgumentError } from "../../errors/index.ts";
import { getOrComputeOptionNames } from "../../core/options/call-option-names.ts";
import type { ComputeContext, GetOrComputeOptions } from "../../core/options/call-options.ts";
import { resolveFreshness } from "../../core/freshness/freshness.ts";
import { ofThe } from "../../core/freshness/of-value.ts";
import { canonicalText } from "../../core/keys/canonical-text.ts";
import { assertStorageKey } from "../../core/record/storage-key.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import { assertStore, internals } from "../../core/store/store-internals.ts";
import { assertFunction } from "../../core/support/assert-function.ts";
import { assertOptions } from "../../core/support/assert-options.ts";
import { isTask, type PlacedCall, prepare, type PreparedCall } from "../../core/tasks/prepared-call.ts";

/** The options of `useResult` and `useSuspenseResult` with a store: those of `getOrCompute` that a component may decide. */
export interface UseResultOptions<T = unknown, Output = unknown> extends Omit<
  GetOrComputeOptions<T, Output>,
  (typeof decidedByHooks)[number]
> {}

const decidedByHooks = ["signal", "holder", "refresh", "onProgress"] as const;

export const useResultOptionNames = getOrComputeOptionNames.filter(
  (name) => !(decidedByHooks as readonly string[]).includes(name),
);

/** A call whose result components show. */
export interface ResultCall {
  /** The store, or the task. */
  readonly source: object;
  /** The same for equal calls of a source. */
  readonly id: string;
  readonly prepare: () => PreparedCall;
}

/** Throws `ConfigurationError`, `InvalidArgumentError` or `HashError` for arguments that no call can have. */
export function toCall(hook: string, [source, ...rest]: readonly unknown[]): ResultCall {
  if (!isTask(source)) return storeCall(hook, source, rest);
  const [args, more] = rest;
  if (!Array.isArray(args))
    throw new InvalidArgumentError(`${hook} takes the arguments of the call as an array: ${hook}(task, [argument])`);
  if (more !== undefined)
    throw new ConfigurationError(`${hook} takes the options of a task from the task: use task.withOptions(…)`);
  const prepareCall = () => source[prepare](args);
  const { key } = prepareCall();
  if (typeof key === "object") key.catch(() => {}); // the call itself rejects with it
  return { source, id: typeof key === "string" ? `key:${key}` : `arguments:${textOf(args)}`, prepare: prepareCall };
}

function storeCall(hook: string, source: unknown, [key, compute, options = {}]: readonly unknown[]): ResultCall {
  if (typeof source === "function")
    throw new InvalidArgumentError(
      `${hook} takes a store or a task: make one outside of the component, with task(function, { name })`,
    );
  assertStore(source, hook);
  assertStorageKey(key);
  assertFunction(compute, hook, key);
  assertOptions(hook, options, useResultOptionNames);
  const store = source as ResultStore;
  const answer = (given: GetOrComputeOptions) =>
    store[internals].answerWhole(key, keepsAll(compute as (context: ComputeContext) => unknown, key, given), given);
  const placed = { store, key, options: options as GetOrComputeOptions, answer };
  return { source: store, id: key, prepare: () => ({ key, at: () => placed }) };
}

/** The call with its key. Rejects as the call would. */
export async function place({ prepare: prepareCall }: ResultCall): Promise<PlacedCall> {
  const { key, at } = prepareCall();
  return at(await key);
}

/** The value that memory has for a call, if it answers it. Throws as the call would reject. */
export function recall({ prepare: prepareCall }: ResultCall): { readonly value: unknown } | undefined {
  const { key, at } = prepareCall();
  if (typeof key !== "string") return undefined;
  const { store, options } = at(key);
  if (options.schema || options.refresh) return undefined;
  const record = store[internals].recall(key);
  return record && !record.metadata.isError ? { value: record.result } : undefined;
}

/** What lets a call wait for the result that replaces a stale one. If there is none, it gets the stale one again. */
export function waitingForNewer(options: GetOrComputeOptions): GetOrComputeOptions {
  const { staleWhileRevalidate, staleIfError } = resolveFreshness(options);
  const expires = options.expiresIn !== undefined || options.expiration !== undefined;
  const longest = (value: unknown) => Math.max(ofThe(staleWhileRevalidate, value), ofThe(staleIfError, value));
  return { refresh: false, staleWhileRevalidate: 0, ...(expires && { staleIfError: longest }) };
}

const binaries = new WeakMap<object, string>();
let count = 0;

/** A text that equal arguments share. A large binary counts as itself, since its hash is not at hand while rendering. */
function textOf(args: unknown): string {
  const canonical = canonicalText(args);
  if (!canonical.missing) return canonical.text;
  const names = Array.from(canonical.missing, ([mark, binary]) => {
    const name = binaries.get(binary) ?? `binary ${count++}`;
    binaries.set(binary, name);
    return [mark, name] as const;
  });
  return canonical.complete(new Map(names));
}
