import type { StoreEvent } from "../../core/events/store-event.ts";
import { answerAttributes, errorType, missAttributes } from "./attributes.ts";
import type { Instruments } from "./instruments.ts";

type Counts = {
  readonly [Type in StoreEvent["type"]]?: (
    instruments: Instruments,
    event: Extract<StoreEvent, { type: Type }>,
  ) => void;
};

/** Counts an event. Waits and computations have no duration in their events, so `TracedCall` measures them. */
export function count(instruments: Instruments, event: StoreEvent): void {
  const counter = counts[event.type] as ((instruments: Instruments, event: StoreEvent) => void) | undefined;
  counter?.(instruments, event);
}

const counts: Counts = {
  done: ({ calls }, event) => calls.record(event.duration / 1_000, answerAttributes(event)),
  "call-error": ({ calls }, { duration, error }) => calls.record(duration / 1_000, { "error.type": errorType(error) }),
  look: ({ looks }, { duration, miss }) => looks.record(duration / 1_000, missAttributes(miss)),
  miss: ({ misses }, { reason }) => misses.add(1, missAttributes(reason)),
  write: ({ writes, writtenBytes }, { duration, size }) => {
    writes.record(duration / 1_000);
    writtenBytes.record(size);
  },
  "write-error": countTrouble,
  "refresh-error": countTrouble,
  "hook-error": countTrouble,
  "lock-error": countTrouble,
  "lock-lost": countTrouble,
  offline: countTrouble,
  fallback: countTrouble,
};

function countTrouble({ troubles }: Instruments, { type, error }: { type: string; error: unknown }): void {
  troubles.add(1, { "reprise.event": type, "error.type": errorType(error) });
}
