/** Milliseconds between two beats. */
const interval = 1_000;

/** Milliseconds without a beat after which the request counts as ended. */
const longestSilence = 3.5 * interval;

/**
 * Once started, beats for as long as the request that created it lives. Requests in a Worker share the isolate's memory, but
 * a request that ends loses its timers and I/O. A promise of that request that another request awaits then never settles,
 * and nothing reports that.
 */
export class Heartbeat {
  #lastBeat = performance.now();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Work that takes no seconds needs no timer, so it counts as one beat at the start. */
  start(): void {
    this.#timer = setInterval(() => (this.#lastBeat = performance.now()), interval);
  }

  stop(): void {
    if (this.#timer !== undefined) clearInterval(this.#timer);
  }

  get isSilent(): boolean {
    return performance.now() - this.#lastBeat > longestSilence;
  }

  /** Resolves as `promise` does, or with `undefined` once the beats have stopped. */
  whileBeating<T>(promise: Promise<T>): Promise<T | undefined> {
    let timer: ReturnType<typeof setInterval>;
    const stopped = new Promise<undefined>((resolve) => {
      // after a busy period of the isolate, this timer may run before the beat, so two silent checks are needed
      let wasSilent = false;
      timer = setInterval(() => {
        if (wasSilent && this.isSilent) resolve(undefined);
        wasSilent = this.isSilent;
      }, interval);
    });
    return Promise.race([promise, stopped]).finally(() => clearInterval(timer));
  }
}
