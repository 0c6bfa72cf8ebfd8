import { type Attributes, type Context, type Span, type SpanContext, trace, type Tracer } from "@opentelemetry/api";
import { errorType, fail, keyAttributes } from "./attributes.ts";
import type { Instruments } from "./metrics.ts";

/** The place of the spans and the numbers. */
export interface Reporting {
  readonly tracer: Tracer;
  readonly showKeys: boolean;
  readonly instruments: Instruments;
}

/** A span that is open, and the time at its start. */
interface Piece {
  readonly span: Span;
  readonly started: number;
}

/** The spans of one call: that of the call, and those of its parts below it. */
export class TracedCall {
  readonly #reporting: Reporting;
  readonly #key: string;
  readonly #began = Date.now();
  /** The context in which the call began. */
  readonly #around: Context;
  /** The same, with the span of the call. */
  #context: Context;
  /** Absent if the start of the call was not seen. Its parts are then below the span that is active. */
  #root: Span | undefined;
  #wait: Piece | undefined;
  #compute: Piece | undefined;
  #computedAt: number | undefined;

  constructor(reporting: Reporting, key: string, around: Context) {
    this.#reporting = reporting;
    this.#key = key;
    this.#around = around;
    this.#context = around;
  }

  /** The context of work inside of the function, if `active` is the one around the call: no span of the function is active. */
  contextInside(active: Context): Context | undefined {
    return this.#compute && active === this.#around ? trace.setSpan(this.#context, this.#compute.span) : undefined;
  }

  get spanContext(): SpanContext | undefined {
    return this.#root?.spanContext();
  }

  /** Opens the span of the call. `duration`: the call began so many milliseconds ago. */
  start(attributes: Attributes = {}, duration?: number): this {
    const { tracer, showKeys } = this.#reporting;
    const startTime = duration === undefined ? this.#began : Date.now() - duration;
    const root = tracer.startSpan("getOrCompute", { attributes, startTime }, this.#context);
    if (root.isRecording()) root.setAttributes(keyAttributes(this.#key, showKeys));
    this.#context = trace.setSpan(this.#context, root);
    this.#root = root;
    return this;
  }

  /** The call waits for the computation of another one. */
  join(other: SpanContext | undefined): void {
    if (other) this.#root?.addLink({ context: other });
  }

  note(attributes: Attributes): void {
    if (this.#root?.isRecording()) this.#root.setAttributes(attributes);
  }

  /** Trouble with the lock, which the call survives. */
  noteTrouble(name: string, error: unknown): void {
    const span = this.#compute?.span ?? this.#root;
    if (span?.isRecording()) span.addEvent(name, { "error.type": errorType(error) });
  }

  look(duration: number, attributes: Attributes, isHit: boolean): void {
    const startTime = this.#ago(duration);
    if (isHit) this.endWait(startTime);
    this.#open("look", attributes, startTime).end(Date.now());
  }

  wait(): void {
    this.#wait = { span: this.#open("lock wait"), started: performance.now() };
  }

  endWait(endTime?: number): void {
    const wait = this.#wait;
    this.#wait = undefined;
    if (!wait) return;
    wait.span.end(endTime);
    this.#reporting.instruments.lockWaits.record((performance.now() - wait.started) / 1_000);
  }

  compute(): void {
    this.endWait();
    this.#compute = { span: this.#open("compute"), started: performance.now() };
    this.#reporting.instruments.active.add(1);
  }

  /** `failure` has the error of the function, if it has thrown. */
  endCompute(failure?: { readonly error: unknown }): void {
    const compute = this.#compute;
    this.#compute = undefined;
    this.#computedAt = Date.now();
    if (!compute) return;
    if (failure) fail(compute.span, failure.error, this.#hidden);
    compute.span.end();
    const { active, computations } = this.#reporting.instruments;
    active.add(-1);
    const attributes = failure && { "error.type": errorType(failure.error) };
    computations.record((performance.now() - compute.started) / 1_000, attributes);
  }

  write(duration: number, size: number): void {
    this.#open("write", { "reprise.write.size": size }, this.#ago(duration)).end(Date.now());
  }

  failWrite(error: unknown): void {
    const span = this.#open("write", {}, this.#computedAt);
    fail(span, error, this.#hidden);
    span.end();
  }

  /** The call has its answer, or has failed. A computation of it may go on. */
  end(failure?: { readonly error: unknown }): void {
    this.endWait();
    if (this.#root && failure) fail(this.#root, failure.error, this.#hidden);
    this.#root?.end();
  }

  /** Ends the spans that are open, since nothing more is heard of the call. */
  abandon(): void {
    this.endWait();
    if (this.#compute) this.#reporting.instruments.active.add(-1);
    this.#compute?.span.end();
    this.#compute = undefined;
    if (this.#root?.isRecording()) this.#root.end();
  }

  get #hidden(): string | undefined {
    return this.#reporting.showKeys ? undefined : this.#key;
  }

  #open(name: string, attributes: Attributes = {}, startTime?: number): Span {
    const { tracer } = this.#reporting;
    return tracer.startSpan(name, { attributes, ...(startTime !== undefined && { startTime }) }, this.#context);
  }

  /** A part of the call doesn't begin before the call, although clocks are rounded. */
  #ago(duration: number): number {
    const at = Date.now() - duration;
    return this.#root ? Math.max(this.#began, at) : at;
  }
}
