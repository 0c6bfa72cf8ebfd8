import type { PersistableContext } from "./tanstack-types.ts";

/** The context of one fetch, as TanStack Query gives it, and as the query function gets it. */
export class FetchContext {
  readonly #given: PersistableContext;
  readonly #caller = new AbortController();
  #isFollowed = false;

  constructor(given: PersistableContext) {
    this.#given = given;
    // An infinite query has read it already.
    if (!this.#property?.get) this.#follow();
  }

  /** Aborts once the fetch is cancelled, if TanStack Query may cancel it. */
  get signal(): AbortSignal {
    return this.#caller.signal;
  }

  /**
   * The context with the signal of the computation, which other callers may have joined. TanStack Query cancels a fetch that
   * nobody needs any more only if its function reads the signal, so the signal is read no earlier.
   */
  withSignal(signal: AbortSignal): PersistableContext {
    const get = (): AbortSignal => {
      this.#follow();
      return signal;
    };
    const properties = Object.getOwnPropertyDescriptors(this.#given);
    return Object.defineProperties(
      {},
      { ...properties, signal: { get, enumerable: true, configurable: true } },
    ) as PersistableContext;
  }

  get #property(): PropertyDescriptor | undefined {
    return Object.getOwnPropertyDescriptor(this.#given, "signal");
  }

  #follow(): void {
    if (this.#isFollowed) return;
    this.#isFollowed = true;
    const { signal } = this.#given as Partial<PersistableContext>;
    const abort = () => this.#caller.abort(signal?.reason);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  }
}
