import type { Progress } from "../../core/concurrency/progress.ts";
import { later } from "../../core/concurrency/settle-within.ts";
import type { GetOrComputeOptions } from "../../core/options/call-options.ts";
import { internals } from "../../core/store/store-internals.ts";
import type { PlacedCall } from "../../core/tasks/prepared-call.ts";
import { subscribe } from "../../core/watching/subscribe.ts";
import type { RecordChange } from "../../core/watching/target-watch.ts";
import { recall, type ResultCall, waitingForNewer } from "./result-call.ts";
import type { ResultState } from "./result-state.ts";
import { ShownState } from "./shown-state.ts";

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
  for (const entry of [...failed]) entry.retry();
  failed.clear();
}

/** One call and its outcome, for all components that show it. */
export class ResultEntry {
  /** That of the last rendering. */
  call: ResultCall;
  readonly #siblings: Map<string, ResultEntry>;
  readonly #state = new ShownState({ refresh: () => this.#refresh(), invalidate: () => this.#invalidate() });
  /** How often a value, or its end, was shown. */
  #shown = 0;
  /** Whether it asks, or follows changes. */
  #isLive = false;
  /** Of the call on its way. */
  #controller: AbortController | undefined;
  #loading: Promise<void> | undefined;
  /** Of the call that components suspended for last. React wants to see it again once it has resolved. */
  outcome: Promise<void> | undefined;
  #resolveOutcome: (() => void) | undefined;
  #unwatch: (() => void) | undefined;
  #cancelDrop: (() => void) | undefined;

  constructor(call: ResultCall, siblings: Map<string, ResultEntry>) {
    this.call = call;
    this.#siblings = siblings;
    const atHand = recall(call);
    if (atHand) this.#show(atHand.value);
    this.#dropUnlessMounted(patience.value);
  }

  readonly getState = (): ResultState<unknown> => this.#state.current;

  /** A server begins no call, and a page shows the same at first. */
  readonly getInitialState = (): ResultState<unknown> => this.#state.initial;

  get hasValue(): boolean {
    return this.#state.hasValue;
  }

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

  /** Throws the error. An error boundary is rendered twice before it is on the screen, so it is not forgotten at once. */
  throwError(): never {
    failed.add(this);
    this.#dropUnlessMounted(patience.error);
    throw this.#state.current.error;
  }

  /** Forgets an error. */
  retry(): void {
    if (this.#state.listeners.size > 0) void this.#load({ refresh: false });
    else this.#end();
  }

  #begin(): void {
    this.#cancelDrop?.();
    if (this.#isLive) return;
    this.#isLive = true;
    const { id } = this.call;
    if (!this.#siblings.has(id)) this.#siblings.set(id, this);
    void this.#load({});
  }

  /** Nobody shows it any more. It begins again if somebody does. */
  #end(): void {
    this.#isLive = false;
    this.#controller?.abort();
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#state.endProgress();
    this.#cancelDrop?.();
    failed.delete(this);
    const { id } = this.call;
    if (this.#siblings.get(id) === this) this.#siblings.delete(id);
  }

  #dropUnlessMounted(delay: number): void {
    this.#cancelDrop?.();
    if (this.#state.listeners.size === 0) this.#cancelDrop = later(delay, () => this.#end(), { idle: true });
  }

  /** Makes the call. One that is on its way is given up. */
  #load(own: GetOrComputeOptions): Promise<void> {
    this.#controller?.abort();
    const { signal } = (this.#controller = new AbortController());
    this.#state.showPending();
    this.#loading = this.#answer(signal, own).catch((error: unknown) => {
      if (signal.aborted) return;
      this.#state.showError(error);
      this.#settle();
    });
    return this.#loading;
  }

  async #answer(signal: AbortSignal, own: GetOrComputeOptions): Promise<void> {
    const { key, at } = this.call.prepare();
    const placed = at(typeof key === "object" ? await key : key);
    if (signal.aborted) return;
    this.#watch(placed);
    const onProgress = (progress: Progress) => {
      placed.options.onProgress?.(progress);
      if (!signal.aborted) this.#state.noteProgress(progress);
    };
    const options = { ...placed.options, ...own, signal, onProgress };
    const answer = await placed.answer(options);
    if (signal.aborted) return;
    this.#show(answer.value, answer.isStale);
    if (!answer.isStale) return;
    // the store has begun a newer one in the background, and its error is an event
    const newer = await placed.answer({ ...options, ...waitingForNewer(options) }).catch(() => answer);
    if (!signal.aborted) this.#show(newer.value, newer.isStale);
  }

  async #refresh(): Promise<void> {
    let loading: Promise<void> | undefined = this.#load({ refresh: true });
    // a later call may take its place
    do await (loading = this.#loading);
    while (loading !== this.#loading);
  }

  async #invalidate(): Promise<void> {
    const { key, at } = this.call.prepare();
    const placed = at(await key);
    if (placed.key === undefined) await this.#refresh();
    else await placed.store.invalidate([placed.key]);
  }

  #watch(placed: PlacedCall): void {
    const { store, key } = placed;
    if (this.#isLive && key !== undefined)
      this.#unwatch ??= subscribe(store, [key], ({ type }) => this.#follow(type, placed, key));
  }

  #follow(change: RecordChange["type"], placed: PlacedCall, key: string): void {
    if (change === "kept") return void this.#adopt(placed, key);
    this.#state.showStale();
    if (change === "expired") return;
    this.#shown++;
    void this.#load({ refresh: false });
  }

  /** Shows a record that was kept. It computes nothing. */
  async #adopt({ store, options }: PlacedCall, key: string): Promise<void> {
    let shown: number;
    let look: Awaited<ReturnType<(typeof store)[typeof internals]["peek"]>>;
    do {
      shown = this.#shown;
      look = await store[internals].peek(key, options);
    } while (shown !== this.#shown);
    if (!this.#isLive || !("record" in look) || look.record.metadata.isError) return;
    this.#show(look.value, look.freshness === "stale");
  }

  #show(value: unknown, isStale?: boolean): void {
    this.#shown++;
    this.#state.showValue(value, isStale);
    this.#settle();
  }

  #settle(): void {
    this.#resolveOutcome?.();
    this.#resolveOutcome = undefined;
    if (this.#isLive) this.#dropUnlessMounted(patience.value);
  }
}
