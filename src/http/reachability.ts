import { isRepriseError, StorageUnreachableError } from "../errors/index.ts";

/** How long a server that was not reached is left alone, at first and at most, in milliseconds. */
const shortestPause = 2_000;
const longestPause = 60_000;

/**
 * Whether a server can be reached, as far as is known: while it can't, calls fail at once instead of waiting for
 * timeouts again, but for one after each pause that finds out.
 */
export class Reachability {
  readonly #name: string;
  #failures = 0;
  #pausedUntil = 0;
  #isProbing = false;
  #error: StorageUnreachableError | undefined;
  readonly #endPause = () => (this.#pausedUntil = 0);

  constructor(name: string) {
    this.#name = name;
  }

  /** Whether it could not be reached when it was last tried. */
  get isDoubtful(): boolean {
    return this.#failures > 0;
  }

  /**
   * Runs a call, or rejects at once with `StorageUnreachableError`. What the call rejects with tells of the server.
   * `isLong`: the server was asked to wait before it answers, so others that find out needn't wait for this one.
   */
  async run<T>(call: () => Promise<T>, { key, isLong }: { key: string | undefined; isLong: boolean }): Promise<T> {
    if (!this.isDoubtful) return this.#watch(call);
    if (this.#isProbing || performance.now() < this.#pausedUntil) {
      const message = `${this.#name} could not be reached a moment ago, and is left alone for a while`;
      throw new StorageUnreachableError(message, { key, cause: this.#error });
    }
    this.#failures++;
    if (isLong) return this.#watch(call);
    this.#isProbing = true;
    try {
      return await this.#watch(call);
    } finally {
      this.#isProbing = false;
    }
  }

  /** The server asked for a pause of at least as many milliseconds. */
  pause(milliseconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + Math.min(milliseconds, longestPause));
  }

  async #watch<T>(call: () => Promise<T>): Promise<T> {
    try {
      const value = await call();
      this.#failures = 0;
      return value;
    } catch (error) {
      if (error instanceof StorageUnreachableError) this.#lose(error);
      // refused by the server, that is; the reason of a caller that gave up tells nothing
      else if (isRepriseError(error)) this.#failures = 0;
      throw error;
    }
  }

  #lose(error: StorageUnreachableError): void {
    // calls that were under way at the same time fail for the same reason
    this.#failures ||= 1;
    this.#error = error;
    const pause = Math.min(shortestPause * 2 ** (this.#failures - 1), longestPause);
    // from half of it, so that clients that were cut off together don't come back together
    this.pause(pause * (0.5 + Math.random() / 2));
    // only browsers tell of it; elsewhere global listeners may be refused
    if (isOnline() !== undefined) browser.addEventListener("online", this.#endPause, { once: true });
  }
}

/** What browsers have, and not every runtime. */
const browser = globalThis as unknown as {
  readonly navigator?: { readonly onLine?: boolean };
  addEventListener(type: "online", listener: () => void, options: { once: true }): void;
};

/** What the browser says of its network: `false` is certain, `true` is not. `undefined` where nothing is said. */
export function isOnline(): boolean | undefined {
  return browser.navigator?.onLine;
}
