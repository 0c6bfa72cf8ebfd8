/** Milliseconds between two beats. */
const interval = 1_000;

/** Milliseconds without a beat after which no more will come. */
const longestSilence = 3.5 * interval;

/**
 * Beats, once started, for as long as the request that made it lives. Requests in a Worker share the isolate's memory,
 * but a request that ends takes its timers and I/O along: what another request awaits of it then never settles, and
 * nothing reports that.
 */
export class Heartbeat {
  #lastBeat = performance.now();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Work that takes no seconds needs no timer: it counts as one beat, at the beginning. */
  start(): void {
    this.#timer = setInterval(() => (this.#lastBeat = performance.now()), interval);
  }

  stop(): void {
    if (this.#timer !== undefined) clearInterval(this.#timer);
  }

  get isSilent(): boolean {
    return performance.now() - this.#lastBeat > longestSilence;
  }

  /** What `promise` gives, or `undefined` once the heart has stopped. */
  whileBeating<T>(promise: Promise<T>): Promise<T | undefined> {
    let timer: ReturnType<typeof setInterval>;
    const stopped = new Promise<undefined>((resolve) => {
      // after the isolate was busy, this timer may run before the one that beats: silence has to be seen twice
      let wasSilent = false;
      timer = setInterval(() => {
        if (wasSilent && this.isSilent) resolve(undefined);
        wasSilent = this.isSilent;
      }, interval);
    });
    return Promise.race([promise, stopped]).finally(() => clearInterval(timer));
  }
}
