import { use } from "react";
import type { ResultCall } from "./result-call.ts";
import type { ResultState, SuspenseResultState } from "./result-state.ts";
import { ShownState } from "./shown-state.ts";

/** Answers that are on their way, or wait for React to render their component again. */
const maxWaiting = 1_000;
/** Milliseconds after which an answer that no component has taken is too old for others. */
const patience = 1_000;

interface Waiting {
  readonly call: ResultCall;
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  settledAt?: number;
}

type Outcome = { readonly value: unknown; readonly isStale?: boolean | undefined } | { readonly error: unknown };

const waiting = new Set<Waiting>();

/** Whether components are rendered to text here, so that none is ever mounted. */
export function isServer(): boolean {
  return (globalThis as { window?: unknown }).window === undefined;
}

/** The state that `useResult` shows on a server. */
export function pendingState(): ResultState<unknown> {
  return new ShownState(nothing).initial;
}

/**
 * Suspends a component until its call has an answer. Each one makes a call of its own, since a request may end before its
 * answer is there: the store lets equal calls share one computation. React renders the component again once the answer is there, and that
 * rendering takes it.
 */
export function useServerAnswer(call: ResultCall): SuspenseResultState<unknown> {
  const found = find(call) ?? ask(call);
  const outcome = use(found.outcome);
  waiting.delete(found);
  if ("error" in outcome) throw outcome.error;
  const state = new ShownState(nothing);
  state.showValue(outcome.value, outcome.isStale);
  return state.current;
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
    outcome: answer(call)
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

async function answer({ prepare }: ResultCall): Promise<Outcome> {
  const { key, at } = prepare();
  const placed = at(await key);
  return placed.answer(placed.options);
}

/** No event ever calls these. */
const nothing = { refresh: async () => {}, invalidate: async () => {} };
