import type { Meter } from "@opentelemetry/api";
import type { StoreEvent } from "../../core/events/store-event.ts";
import { answerAttributes, errorType, missAttributes } from "./attributes.ts";

/** In seconds. A hit in memory takes a microsecond, and a computation may take minutes. */
const durationBuckets = [0.000_01, 0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** In bytes. */
const sizeBuckets = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/** The metrics. Their names and units follow the semantic conventions of OpenTelemetry. */
export type Instruments = ReturnType<typeof createInstruments>;

export function createInstruments(meter: Meter) {
  const seconds = (name: string, description: string) =>
    meter.createHistogram(name, { description, unit: "s", advice: { explicitBucketBoundaries: durationBuckets } });
  return {
    calls: seconds("reprise.call.duration", "Time from a call to its answer, by the source of the answer"),
    looks: seconds("reprise.look.duration", "Time of a look for a record"),
    lockWaits: seconds("reprise.lock.wait.duration", "Time that a call waits for another holder of the lock"),
    computations: seconds("reprise.compute.duration", "Time that a function takes"),
    writes: seconds("reprise.write.duration", "Time until the storage has kept a record"),
    writtenBytes: meter.createHistogram("reprise.write.size", {
      description: "Bytes of a record that was kept",
      unit: "By",
      advice: { explicitBucketBoundaries: sizeBuckets },
    }),
    misses: meter.createCounter("reprise.misses", {
      description: "Calls that found no usable record, by the reason",
      unit: "{miss}",
    }),
    troubles: meter.createCounter("reprise.troubles", {
      description: "Failures that no caller sees, by the event",
      unit: "{trouble}",
    }),
    active: meter.createUpDownCounter("reprise.active_computations", {
      description: "Functions that run now",
      unit: "{computation}",
    }),
  };
}

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
