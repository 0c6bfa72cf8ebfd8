/** Milliseconds between two beats. */
const beat = 1_000;

/** Milliseconds without one after which there are no more to come. */
const patience = 3.5 * beat;

/**
 * Beats, once started, as long as the request that made it is there. Workers share an isolate's memory, but a request that ends takes
 * its timers and I/O with it: what another awaits of it never settles then, and nothing says so.
 */
export class Pulse {
  #lastBeat = performance.now();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Without it there is one beat, at the beginning: enough for what takes no seconds, and cheaper than a timer. */
  start(): void {
    this.#timer = setInterval(() => (this.#lastBeat = performance.now()), beat);
  }

  stop(): void {
    if (this.#timer !== undefined) clearInterval(this.#timer);
  }

  get isSilent(): boolean {
    return performance.now() - this.#lastBeat > patience;
  }

  /** What `promise` gives, or `undefined` once the pulse is silent. */
  whileBeating<T>(promise: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      // after the isolate was busy this timer may run before the other one: it takes two looks
      let wasSilent = false;
      const timer = setInterval(() => {
        if (wasSilent && this.isSilent) settle(() => resolve(undefined));
        wasSilent = this.isSilent;
      }, beat);
      const settle = (how: () => void): void => {
        clearInterval(timer);
        how();
      };
      promise.then(
        (value) => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(error)),
      );
    });
  }
}
