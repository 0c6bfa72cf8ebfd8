import { use } from "react";
import { place, type ResultCall } from "./result-call.ts";
import type { ResultState, SuspenseResultState } from "./result-state.ts";

/** Answers that are on their way, or wait for React to render their component again. */
const maxWaiting = 1_000;
/** Milliseconds after which an answer that no component has taken is too old for others. */
const patience = 1_000;

interface Waiting {
  readonly call: ResultCall;
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  isTaken?: boolean;
  settledAt?: number;
}

type Outcome = { readonly value: unknown; readonly isStale?: boolean | undefined } | { readonly error: unknown };

const waiting = new Set<Waiting>();

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
 * Suspends a component until its call has an answer. Each one makes a call of its own, since a request may end before its
 * answer is there: the store lets equal calls share one computation. React renders the component again once the answer is there, and that
 * rendering takes it. For each further rendering React remembers it.
 */
export function useServerAnswer(call: ResultCall): SuspenseResultState<unknown> {
  const found = find(call) ?? ask(call);
  const outcome = use(found.outcome);
  found.isTaken = true;
  waiting.delete(found);
  if ("error" in outcome) throw outcome.error;
  return { ...common, value: outcome.value, isStale: outcome.isStale ?? false };
}

function find({ source, id }: ResultCall): Waiting | undefined {
  const now = performance.now();
  for (const each of waiting) {
    const { call, settledAt } = each;
    if (settledAt === undefined) continue;
    if (now - settledAt > patience) waiting.delete(each);
    else if (call.source === source && call.id === id) return each;
  }
  return undefined;
}

function ask(call: ResultCall): Waiting {
  const asked: Waiting = {
    call,
    outcome: answer(call, () => asked.isTaken === true)
      .catch((error: unknown) => ({ error }))
      .finally(() => (asked.settledAt = performance.now())),
  };
  waiting.add(asked);
  for (const oldest of waiting) {
    if (waiting.size <= maxWaiting) break;
    waiting.delete(oldest);
  }
  return asked;
}

/** Makes the call. `isKnown`: whether React remembered the answer of an earlier rendering instead. */
async function answer(call: ResultCall, isKnown: () => boolean): Promise<Outcome> {
  const { answer: make, options } = await place(call);
  return isKnown() ? { error: undefined } : make(options);
}
