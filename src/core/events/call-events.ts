import type { ResultSource, StoreEvent, StoreListener } from "./store-event.ts";

/** Emits the events of one call. */
export interface CallEvents {
  readonly call: number;
  /** Adds the id of the call. */
  readonly emit: CallListener;
}

export type CallListener = (event: EventOfCall<StoreEvent>) => void;

/** The events that may come from outside of a call too keep their type. */
type EventOfCall<Event> = Event extends { readonly call: number } ? Omit<Event, "call"> : Event;

/** The answer of a call, as its last event tells it. */
export interface ToldAnswer {
  readonly source: ResultSource;
  readonly from?: string | undefined;
  readonly isStale?: boolean | undefined;
}

let calls = 0;

/** The events of a call that begins now. */
export function eventsOfCall(emit: StoreListener): CallEvents {
  const call = ++calls;
  return { call, emit: (event) => emit({ ...event, call } as StoreEvent) };
}

/** Answers a call between the event of its start and that of its end. `events` are absent if nobody listens. */
export async function tellCall<Answer extends ToldAnswer>(
  listener: StoreListener | undefined,
  key: string,
  answer: (events: CallEvents | undefined) => Promise<Answer>,
): Promise<Answer> {
  if (!listener) return answer(undefined);
  const started = performance.now();
  const events = eventsOfCall(listener);
  events.emit({ type: "call-start", key });
  try {
    const answered = await answer(events);
    const { source, from, isStale } = answered;
    const details = { ...(from && { from }), ...(isStale && { isStale }) };
    events.emit({ type: "done", key, source, ...details, duration: performance.now() - started });
    return answered;
  } catch (error) {
    events.emit({ type: "call-error", key, error, duration: performance.now() - started });
    throw error;
  }
}
