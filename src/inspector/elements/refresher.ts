interface RefresherOptions {
  /** Milliseconds from a request to its work, in which further requests join it. */
  readonly delay: number;
  /** Milliseconds after which the work is done again without a request. */
  readonly every?: number;
}

/** Does some work when it is requested, at most once at a time, and only while somebody can see the outcome. */
export class Refresher {
  readonly #work: () => Promise<void>;
  readonly #options: RefresherOptions;
  #isShown = false;
  #isDue = true;
  #isWorking = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer ends, by `performance.now()`. */
  #end = 0;

  constructor(work: () => Promise<void>, options: RefresherOptions) {
    this.#work = work;
    this.#options = options;
  }

  /** Asks for the work after `delay` milliseconds. */
  request(delay = this.#options.delay): void {
    this.#isDue = true;
    this.#schedule(delay);
  }

  /** Whether the outcome is on the page. */
  show(isShown: boolean): void {
    this.#isShown = isShown;
    if (isShown) document.addEventListener("visibilitychange", this.#onVisibility);
    else document.removeEventListener("visibilitychange", this.#onVisibility);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#schedule(0);
  }

  readonly #onVisibility = (): void => this.#schedule(0);

  #schedule(delay: number): void {
    if (!this.#isShown || document.visibilityState === "hidden" || this.#isWorking) return;
    const wait = this.#isDue ? delay : this.#options.every;
    if (wait === undefined) return;
    const end = performance.now() + wait;
    // requests that never cease must not put the work off for ever
    if (this.#timer !== undefined && this.#end <= end) return;
    clearTimeout(this.#timer);
    this.#end = end;
    this.#timer = setTimeout(() => void this.#run(), wait);
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    this.#isDue = false;
    this.#isWorking = true;
    try {
      await this.#work();
    } finally {
      this.#isWorking = false;
      this.#schedule(this.#options.delay);
    }
  }
}
