import { use } from "react";
import { place, type ResultCall } from "./result-call.ts";
import type { ResultState, SuspenseResultState } from "./result-state.ts";

type Outcome = { readonly value: unknown; readonly isStale?: boolean | undefined } | { readonly error: unknown };

/** No event ever calls `refresh` and `invalidate` here. */
const common = {
  error: undefined,
  isStale: false,
  progress: undefined,
  refresh: async () => {},
  invalidate: async () => {},
};

/** The state that `useResult` shows on a server. */
export const pendingState: ResultState<unknown> = { ...common, status: "pending", value: undefined };

/** Whether components are rendered to text here, so that none is ever mounted. */
export function isServer(): boolean {
  return (globalThis as { window?: unknown }).window === undefined;
}

/**
 * Suspends a component until its call has an answer. React then renders it again, and remembers the promise of its first
 * rendering: the later ones make no call. Each component makes its own, since the request of another may end before the answer
 * is there. The store lets equal calls share one computation.
 */
export function useServerAnswer(call: ResultCall): SuspenseResultState<unknown> {
  let isRemembered = false;
  const outcome = use(answer(call, () => isRemembered).catch((error: unknown) => ({ error })));
  isRemembered = true;
  if ("error" in outcome) throw outcome.error;
  return { ...common, value: outcome.value, isStale: outcome.isStale ?? false };
}

async function answer(call: ResultCall, isRemembered: () => boolean): Promise<Outcome> {
  const placed = await place(call);
  return isRemembered() ? { error: undefined } : placed.answer(placed.options);
}
