import { later } from "../../core/concurrency/settle-within.ts";
import { recall, type ResultCall } from "./result-call.ts";
import { ShownCall } from "./shown-call.ts";
import type { ShownState } from "./shown-state.ts";

/** How long an entry waits for a component that mounts, in milliseconds. Others in its boundary may suspend it longer. */
const patience = { value: 10_000, error: 1_000 };

/** Those whose error went to an error boundary. */
const failed = new Set<ResultEntry>();

/**
 * Forgets the errors that `useSuspenseResult` threw, so that a component that is rendered again computes again. Call it when an
 * error boundary is reset. Without it, an error is thrown again for a second.
 *
 * @example
 * ```ts
 * const retry = () => {
 *   resetErrors();
 *   // and let the error boundary render its children again
 * };
 * ```
 */
export function resetErrors(): void {
  for (const entry of failed) entry.retry();
  failed.clear();
}

/** One call for all components that show it, from the first of them to the last. */
export class ResultEntry {
  readonly #siblings: Map<string, ResultEntry>;
  readonly #shown: ShownCall;
  readonly #state: ShownState;
  /** Of the call that components suspended for last. React wants to see it again once it has resolved. */
  outcome: Promise<void> | undefined;
  #resolveOutcome: (() => void) | undefined;
  #cancelDrop: (() => void) | undefined;

  constructor(call: ResultCall, siblings: Map<string, ResultEntry>) {
    this.#siblings = siblings;
    this.#shown = new ShownCall(call, () => this.#settle());
    this.#state = this.#shown.state;
    const atHand = recall(call);
    if (atHand) this.#state.showValue(atHand.value);
    this.#dropUnlessMounted(patience.value);
  }

  /** Takes over the call of a rendering. */
  update(call: ResultCall): void {
    this.#shown.call = call;
  }

  readonly getState = (): ShownState["current"] => this.#state.current;

  /** A server begins no call, and a page shows the same at first. */
  readonly getInitialState = (): ShownState["current"] => this.#state.initial;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#state.listeners.add(listener);
    this.#begin();
    return () => {
      this.#state.listeners.delete(listener);
      // StrictMode takes a component out and puts it back at once
      queueMicrotask(() => {
        if (this.#state.listeners.size === 0 && !this.#resolveOutcome) this.#end();
      });
    };
  };

  /** Begins the call. Resolves when it has an outcome. */
  settled(): Promise<void> {
    this.#begin();
    if (!this.#resolveOutcome) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.outcome = promise;
      this.#resolveOutcome = resolve;
    }
    return this.outcome!;
  }

  /** Throws an error without a value. An error boundary is rendered twice before it is on the screen, so it is not forgotten at once. */
  throwError(): void {
    const { current, hasValue } = this.#state;
    if (current.status !== "error" || hasValue) return;
    failed.add(this);
    this.#dropUnlessMounted(patience.error);
    throw current.error;
  }

  /** Forgets an error. */
  retry(): void {
    if (this.#state.current.status !== "error") return;
    if (this.#state.listeners.size > 0) void this.#shown.load({ refresh: false });
    else this.#end();
  }

  #begin(): void {
    this.#cancelDrop?.();
    const { id } = this.#shown.call;
    if (!this.#siblings.has(id)) this.#siblings.set(id, this);
    this.#shown.begin();
  }

  /** Nobody shows it any more. It begins again if somebody does. */
  #end(): void {
    this.#shown.end();
    this.#cancelDrop?.();
    failed.delete(this);
    const { id } = this.#shown.call;
    if (this.#siblings.get(id) === this) this.#siblings.delete(id);
  }

  #dropUnlessMounted(delay: number): void {
    this.#cancelDrop?.();
    if (this.#state.listeners.size === 0) this.#cancelDrop = later(delay, () => this.#end(), { idle: true });
  }

  /** Lets the components render that suspended. */
  #settle(): void {
    if (!this.#resolveOutcome) return;
    this.#resolveOutcome();
    this.#resolveOutcome = undefined;
    this.#dropUnlessMounted(patience.value);
  }
}
