import { use, useEffect, useRef, useSyncExternalStore } from "react";
import type { ValueOf } from "../../core/freshness/standard-schema.ts";
import type { ComputeContext } from "../../core/options/call-options.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import type { TaskMembers } from "../../core/tasks/task.ts";
import { ConfigurationError } from "../../errors/index.ts";
import { type ResultCall, toCall, type UseResultOptions } from "./result-call.ts";
import { ResultEntry } from "./result-entry.ts";
import type { ResultState, SuspenseResultState } from "./result-state.ts";
import { isServer, pendingState, useServerAnswer } from "./server-answers.ts";

/** By store or task, then by key. */
const entries = new WeakMap<object, Map<string, ResultEntry>>();

/** More renderings than this in a row, each with another store or task and before its result, would go on without end. */
const maxChanges = 25;

function entryOf(call: ResultCall): ResultEntry {
  const siblings = entries.get(call.source) ?? new Map<string, ResultEntry>();
  entries.set(call.source, siblings);
  const entry = siblings.get(call.id) ?? new ResultEntry(call, siblings);
  siblings.set(call.id, entry);
  return entry;
}

/** The entry for a component, which keeps it while it is mounted. */
function useEntry(call: ResultCall): ResultEntry {
  const entry = entryOf(call);
  const seen = useRef({ source: call.source, changes: 0 });
  useEffect(() => {
    entry.update(call);
    const isNew = seen.current.source !== call.source && entry.getState().status === "pending";
    const changes = isNew ? seen.current.changes + 1 : 0;
    seen.current = { source: call.source, changes };
    if (changes > maxChanges)
      throw new ConfigurationError(
        "A component gets another store or task with each rendering, and so no result: create it outside of the component",
      );
  });
  return entry;
}

/**
 * The result of a task, or of `getOrCompute`, in a component of React 19. It begins once the component is mounted, so a server
 * renders `status: "pending"` and computes nothing. Components with the same store and key, or the same task and arguments, share one call. When the
 * last of them unmounts, the call ends, and its computation aborts if nobody else waits for it.
 *
 * Throws `ConfigurationError` for unknown options and for a task that was created twice. Throws `InvalidArgumentError` or `HashError`
 * for arguments that have no key. Errors of the call are in `error`.
 *
 * @example
 * ```ts
 * function useNews(year: number) {
 *   const news = useResult(store, `news/${year}`, () => loadRows(year), { expiresIn: "10m", staleWhileRevalidate: "1h" });
 *   return news.status === "success" ? news.value : [];
 * }
 * ```
 */
export function useResult<Args extends readonly unknown[], Result, Computed>(
  task: TaskMembers<Args, Result, Computed>,
  args: NoInfer<Args>,
): ResultState<Result>;
export function useResult<T, Output = unknown>(
  store: ResultStore,
  key: string,
  compute: (context: ComputeContext) => T | Promise<T>,
  options?: UseResultOptions<NoInfer<T>, Output>,
): ResultState<ValueOf<T, NoInfer<Output>>>;
export function useResult(...given: readonly unknown[]): ResultState<unknown> {
  const call = toCall("useResult", given);
  if (isServer()) return pendingState;
  const entry = useEntry(call);
  return useSyncExternalStore(entry.subscribe, entry.getState, entry.getInitialState);
}

/**
 * Like `useResult`, for a component inside `<Suspense>`: it suspends until there is a value, and an error goes to the error
 * boundary. It begins while rendering, on a server too. React does not tell a component that never mounted of its end, so the
 * first computation goes on if the component is taken away before.
 *
 * @example
 * ```ts
 * function useNews(year: number) {
 *   const { value } = useSuspenseResult(store, `news/${year}`, () => loadRows(year), { expiresIn: "10m" });
 *   return value; // number[]
 * }
 * ```
 */
export function useSuspenseResult<Args extends readonly unknown[], Result, Computed>(
  task: TaskMembers<Args, Result, Computed>,
  args: NoInfer<Args>,
): SuspenseResultState<Result>;
export function useSuspenseResult<T, Output = unknown>(
  store: ResultStore,
  key: string,
  compute: (context: ComputeContext) => T | Promise<T>,
  options?: UseResultOptions<NoInfer<T>, Output>,
): SuspenseResultState<ValueOf<T, NoInfer<Output>>>;
export function useSuspenseResult(...given: readonly unknown[]): SuspenseResultState<unknown> {
  const call = toCall("useSuspenseResult", given);
  if (isServer()) return useServerAnswer(call);
  const entry = useEntry(call);
  const state = useSyncExternalStore(entry.subscribe, entry.getState, entry.getState);
  const outcome = state.status === "pending" ? entry.settled() : entry.outcome;
  if (outcome) use(outcome);
  entry.throwError();
  return state;
}
