import { isRepriseError, StorageUnreachableError } from "../../errors/index.ts";

interface WatchedCall {
  readonly key: string | undefined;
  readonly isLong: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The shortest and longest pause after a server was not reached, in milliseconds. */
const shortestPause = 2_000;
const longestPause = 60_000;

/** One record may be to blame for an answer of no use, so only this many in a row count as a failure to reach the server. */
const maxUseless = 3;

/**
 * Tracks whether a server can be reached. While it can't, calls fail at once instead of waiting for more timeouts. After
 * each pause one call goes through as a test.
 */
export class Reachability {
  readonly #name: string;
  #failures = 0;
  /** Answers of no use since the last useful one. */
  #useless = 0;
  #pausedUntil = 0;
  #isProbing = false;
  #error: StorageUnreachableError | undefined;
  readonly #endPause = () => (this.#pausedUntil = 0);

  constructor(name: string) {
    this.#name = name;
  }

  /** Whether the last attempt failed to reach it, or to get an answer of use. */
  get isDoubtful(): boolean {
    return this.#failures + this.#useless > 0;
  }

  /**
   * Runs a call, or rejects at once with `StorageUnreachableError`. The call's outcome shows whether the server is reachable.
   * `isLong`: the server was asked to wait before it answers, so other test calls needn't wait for this one. `signal`: the caller's.
   */
  async run<T>(call: () => Promise<T>, { key, isLong, signal }: WatchedCall): Promise<T> {
    if (this.#failures === 0) return this.#watch(call, signal);
    if (this.#isProbing || performance.now() < this.#pausedUntil) {
      const message = `${this.#name} could not be reached a moment ago, and is left alone for a while`;
      throw new StorageUnreachableError(message, { key, cause: this.#error });
    }
    this.#failures++;
    if (isLong) return this.#watch(call, signal);
    this.#isProbing = true;
    try {
      return await this.#watch(call, signal);
    } finally {
      this.#isProbing = false;
    }
  }

  /** Notes that the server asked for a pause of at least `milliseconds`. */
  pause(milliseconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + Math.min(milliseconds, longestPause));
  }

  async #watch<T>(call: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      const value = await call();
      this.#failures = this.#useless = 0;
      return value;
    } catch (error) {
      // it says nothing about the server
      if (error === signal?.reason) throw error;
      if (error instanceof StorageUnreachableError) {
        const isAnswer = isRepriseError(error.cause);
        if (!isAnswer || this.#failures > 0 || ++this.#useless >= maxUseless) this.#lose(error);
        // the server itself refused
      } else if (isRepriseError(error)) this.#failures = this.#useless = 0;
      throw error;
    }
  }

  #lose(error: StorageUnreachableError): void {
    // concurrent calls fail for the same reason, so they count as one failure
    this.#failures ||= 1;
    this.#error = error;
    const pause = Math.min(shortestPause * 2 ** (this.#failures - 1), longestPause);
    // random from half the pause up, so that clients that were cut off together don't return together
    this.pause(pause * (0.5 + Math.random() / 2));
    // only browsers send this event; other runtimes may refuse global listeners
    if (isOnline() !== undefined) browser.addEventListener("online", this.#endPause, { once: true });
  }
}

/** Globals that browsers have, and some other runtimes lack. */
const browser = globalThis as unknown as {
  readonly navigator?: { readonly onLine?: boolean };
  addEventListener(type: "online", listener: () => void, options: { once: true }): void;
};

/** The browser's view of its network: `false` is certain, `true` is not. `undefined` if the runtime doesn't say. */
export function isOnline(): boolean | undefined {
  return browser.navigator?.onLine;
}
