import type { Answer } from "../../core/answers/computation.ts";
import type { Progress } from "../../core/concurrency/progress.ts";
import type { GetOrComputeOptions } from "../../core/options/call-options.ts";
import { internals } from "../../core/store/store-internals.ts";
import type { PlacedCall } from "../../core/tasks/prepared-call.ts";
import { subscribe } from "../../core/watching/subscribe.ts";
import type { RecordChange } from "../../core/watching/target-watch.ts";
import { place, type ResultCall, waitingForNewer } from "./result-call.ts";
import { ShownState } from "./shown-state.ts";

/** Makes a call, shows its outcome, and follows its record. */
export class ShownCall {
  /** That of the last rendering. */
  call: ResultCall;
  readonly state = new ShownState({ refresh: () => this.#refresh(), invalidate: () => this.#invalidate() });
  readonly #onOutcome: () => void;
  /** How often a value, or its end, was shown. */
  #shown = 0;
  /** Whether it asks, or follows changes. */
  #isLive = false;
  #controller: AbortController | undefined;
  /** The call on its way. */
  #loading: Promise<void> | undefined;
  #unwatch: (() => void) | undefined;

  constructor(call: ResultCall, onOutcome: () => void) {
    this.call = call;
    this.#onOutcome = onOutcome;
  }

  /** Makes the call, unless it is on its way or has an outcome that is not stale. */
  begin(): void {
    if (this.#isLive && (this.#loading || !this.state.current.isStale)) return;
    this.#isLive = true;
    void this.load({});
  }

  end(): void {
    this.#isLive = false;
    this.#controller?.abort();
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.state.endProgress();
  }

  /** Makes the call. One that is on its way is given up. */
  load(own: GetOrComputeOptions): Promise<void> {
    this.#controller?.abort();
    const { signal } = (this.#controller = new AbortController());
    const shown = this.#shown;
    this.state.showPending();
    const fail = (error: unknown) => {
      if (signal.aborted) return;
      // a record that was kept meanwhile answers the call
      if (own.refresh || shown === this.#shown) this.state.showError(error);
      else this.state.endProgress();
      this.#onOutcome();
    };
    const loading = this.#answer(signal, own)
      .catch(fail)
      .finally(() => {
        if (this.#loading === loading) this.#loading = undefined;
      });
    return (this.#loading = loading);
  }

  async #answer(signal: AbortSignal, own: GetOrComputeOptions): Promise<void> {
    const placed = await place(this.call);
    if (signal.aborted) return;
    this.#watch(placed);
    const onProgress = (progress: Progress) => {
      placed.options.onProgress?.(progress);
      if (!signal.aborted) this.state.noteProgress(progress);
    };
    const options = { ...placed.options, ...own, signal, onProgress };
    const answer = await placed.answer(options);
    await this.#showAnswer(answer, signal);
    if (!answer.isStale) return;
    // the store has begun a newer one in the background, and its error is an event
    const newer = await placed.answer({ ...options, ...waitingForNewer(options) }).catch(() => answer);
    if (!newer.isStale) await this.#showAnswer(newer, signal);
    else if (!signal.aborted) this.state.endProgress();
  }

  async #showAnswer({ value, isStale, isFor }: Pick<Answer, "value" | "isStale" | "isFor">, signal: AbortSignal) {
    // the key has changed since this one began
    const isOutdated = isFor !== undefined && !signal.aborted && (await this.#adopt());
    if (!isOutdated && !signal.aborted) this.#show(value, isStale);
  }

  async #refresh(): Promise<void> {
    // a later call may take its place
    for (let loading: Promise<void> | undefined = this.load({ refresh: true }); loading; loading = this.#loading)
      await loading;
  }

  async #invalidate(): Promise<void> {
    const { store, key } = await place(this.call);
    if (key === undefined) await this.#refresh();
    else await store.invalidate([key]);
  }

  #watch({ store, key }: PlacedCall): void {
    if (this.#isLive && key !== undefined) this.#unwatch ??= subscribe(store, [key], ({ type }) => this.#follow(type));
  }

  #follow(change: RecordChange["type"]): void {
    // options that are no options are an error of the call itself
    if (change === "kept") return void this.#adopt().catch(() => {});
    this.state.showStale();
    if (change === "expired") return;
    this.#shown++;
    void this.load({ refresh: false });
  }

  /** Shows the record, if there is one. It computes nothing. */
  async #adopt(): Promise<boolean> {
    const { store, key, options } = await place(this.call);
    let shown: number;
    let look: Awaited<ReturnType<(typeof store)[typeof internals]["peek"]>>;
    do {
      shown = this.#shown;
      look = await store[internals].peek(key!, options);
    } while (shown !== this.#shown);
    if (!this.#isLive || !("record" in look) || look.record.metadata.isError) return false;
    this.#show(look.value, look.freshness === "stale");
    return true;
  }

  #show(value: unknown, isStale?: boolean): void {
    this.#shown++;
    this.state.showValue(value, isStale);
    this.#onOutcome();
  }
}
