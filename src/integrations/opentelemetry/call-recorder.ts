import { type Attributes, type Context, context } from "@opentelemetry/api";
import type { StoreEvent } from "../../core/events/store-event.ts";
import { currentEnclosing } from "../../core/locks/enclosing.ts";
import { answerAttributes, missAttributes } from "./attributes.ts";
import { count } from "./metrics.ts";
import { type Reporting, TracedCall } from "./traced-call.ts";

/** Calls that may be open at once. In Workers, a call whose request has ended never tells of its end. */
const openCalls = 10_000;
/** Calls that have ended and may still compute or write in the background. */
const endedCalls = 1_000;

type Handlers = {
  readonly [Type in StoreEvent["type"]]?: (event: Extract<StoreEvent, { type: Type }>) => void;
};

/** Gives each event to the call that it belongs to. */
export class CallRecorder {
  readonly #reporting: Reporting;
  readonly #open = new Map<number, TracedCall>();
  readonly #ended = new Map<number, TracedCall>();
  readonly #handlers: Handlers = {
    "call-start": ({ call, key }) => keep(this.#open, call, this.#newCall(key).start(), openCalls),
    join: (event) => this.#callOf(event).join(this.#find(event.to)?.spanContext),
    look: (event) => this.#callOf(event).look(event.duration, missAttributes(event.miss), event.miss === undefined),
    miss: (event) => {
      // the call of a stale answer is a hit
      if (event.reason !== "stale") this.#callOf(event).note(missAttributes(event.reason));
    },
    "lock-wait": (event) => this.#callOf(event).wait(),
    "lock-acquired": (event) => this.#callOf(event).endWait(),
    "lock-error": (event) => this.#callOf(event).noteTrouble(event.type, event.error),
    "lock-lost": (event) => this.#callOf(event).noteTrouble(event.type, event.error),
    "compute-start": (event) => this.#callOf(event).compute(),
    "compute-end": (event) => this.#callOf(event).endCompute(),
    "compute-error": (event) => this.#callOf(event).endCompute(event),
    write: (event) => this.#callOf(event).write(event.duration, event.size),
    "write-error": (event) => this.#callOf(event).failWrite(event.error),
    done: (event) => this.#end(event, answerAttributes(event)),
    "call-error": (event) => this.#end(event, {}, event),
  };

  constructor(reporting: Reporting) {
    this.#reporting = reporting;
  }

  record(event: StoreEvent): void {
    count(this.#reporting.instruments, event);
    (this.#handlers[event.type] as ((event: StoreEvent) => void) | undefined)?.(event);
  }

  /** The active context, or that of the computation which the running code is inside of. */
  activeContext(): Context {
    const active = context.active();
    const insides = currentEnclosing().map(({ call }) => this.#find(call));
    return insides.findLast(Boolean)?.contextInside(active) ?? active;
  }

  /** Ends all spans that are open. */
  end(): void {
    for (const call of [...this.#open.values(), ...this.#ended.values()]) call.abandon();
    for (const [id, call] of this.#open) keep(this.#ended, id, call, endedCalls);
    this.#open.clear();
  }

  /** A call that memory answers has no other event. */
  #end(
    { call: id, key, duration }: Extract<StoreEvent, { type: "done" | "call-error" }>,
    attributes: Attributes,
    failure?: { readonly error: unknown },
  ): void {
    const open = this.#open.get(id);
    // its spans were ended before it did
    if (!open && this.#ended.has(id)) return;
    if (!open) return this.#newCall(key).start(attributes, duration).end(failure);
    open.note(attributes);
    open.end(failure);
    this.#open.delete(id);
    keep(this.#ended, id, open, endedCalls);
  }

  /** Changes by hand, and work that goes on for very long, are parts of no call that is known. */
  #callOf({ call: id, key }: { readonly call?: number; readonly key: string }): TracedCall {
    const known = this.#find(id);
    if (known) return known;
    const unknown = this.#newCall(key);
    if (id !== undefined) keep(this.#ended, id, unknown, endedCalls);
    return unknown;
  }

  #newCall(key: string): TracedCall {
    return new TracedCall(this.#reporting, key, this.activeContext());
  }

  #find(id: number | undefined): TracedCall | undefined {
    return id === undefined ? undefined : (this.#open.get(id) ?? this.#ended.get(id));
  }
}

/** Forgets the oldest calls if there are too many. */
function keep(calls: Map<number, TracedCall>, id: number, call: TracedCall, limit: number): void {
  calls.set(id, call);
  for (const [oldest, abandoned] of calls) {
    if (calls.size <= limit) break;
    calls.delete(oldest);
    abandoned.abandon();
  }
}
