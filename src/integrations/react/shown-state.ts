import type { Progress } from "../../core/concurrency/progress.ts";
import { later } from "../../core/concurrency/settle-within.ts";
import type { ResultCommon, ResultState } from "./result-state.ts";

/** A frame, in milliseconds: no screen shows more reports. */
const frame = 16;

type State = ResultState<unknown>;

const names = ["status", "value", "error", "isStale", "progress"] as const satisfies readonly (keyof State)[];

/** The state that components show. It calls its listeners with each change. */
export class ShownState {
  readonly listeners = new Set<() => void>();
  /** That before the first outcome. */
  readonly initial: State;
  #current: State;
  #hasValue = false;
  #progress: Progress | undefined;
  #cancelProgress: (() => void) | undefined;

  constructor(actions: Pick<ResultCommon, "refresh" | "invalidate">) {
    const nothing = { value: undefined, error: undefined, isStale: false, progress: undefined };
    this.initial = { status: "pending", ...nothing, ...actions };
    this.#current = this.initial;
  }

  get current(): State {
    return this.#current;
  }

  get hasValue(): boolean {
    return this.#hasValue;
  }

  showValue(value: unknown, isStale = false): void {
    this.#hasValue = true;
    this.#showOutcome({ status: "success", value, error: undefined, isStale });
  }

  /** A value of before stays. */
  showError(error: unknown): void {
    this.#showOutcome({ status: "error", error });
  }

  /** Another call begins. */
  showPending(): void {
    if (!this.#hasValue) this.#change(this.initial);
  }

  showStale(): void {
    if (this.#hasValue) this.#change({ isStale: true });
  }

  /** Shows the latest progress of each frame. */
  noteProgress(progress: Progress): void {
    this.#progress = progress;
    const show = () => {
      this.#cancelProgress = undefined;
      this.#change({ progress: this.#progress });
    };
    this.#cancelProgress ??= later(frame, show, { idle: true });
  }

  endProgress(): void {
    this.#showOutcome({});
  }

  #showOutcome(outcome: Partial<State>): void {
    this.#cancelProgress?.();
    this.#cancelProgress = undefined;
    this.#change({ ...outcome, progress: undefined });
  }

  #change(change: Partial<State>): void {
    const next = { ...this.#current, ...change } as State;
    if (names.every((name) => Object.is(next[name], this.#current[name]))) return;
    this.#current = next;
    for (const listener of [...this.listeners]) listener();
  }
}
