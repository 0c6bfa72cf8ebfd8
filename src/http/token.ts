import { raceSignal } from "../core/support/race-signal.ts";
import { ConfigurationError, StorageUnreachableError } from "../errors/index.ts";

/** A bearer token, or a function that returns one. */
export type TokenSource = string | (() => string | Promise<string>);

/** Throws `ConfigurationError` unless `token` is a possible token or a function. */
export function assertTokenSource(token: unknown): asserts token is TokenSource {
  if (typeof token !== "function") assertToken(token);
}

/** The token of a client. It asks the source once, and again after `forget`. */
export class RememberedToken {
  readonly #source: TokenSource;
  #answer: Promise<string> | undefined;
  #refusals = 0;

  constructor(source: TokenSource) {
    this.#source = source;
  }

  /**
   * Rejects with `StorageUnreachableError` if the source fails, with `ConfigurationError` if it returns no valid token, and with
   * the signal's reason. A call that fails or gives up leaves no answer behind, so that the next one asks again.
   */
  async get(signal: AbortSignal): Promise<string> {
    const answer = (this.#answer ??= askToken(this.#source));
    try {
      return await raceSignal(answer, signal);
    } catch (error) {
      if (this.#answer === answer) this.#answer = undefined;
      throw error;
    }
  }

  /** How often the server has refused a token. */
  get refusals(): number {
    return this.#refusals;
  }

  /** The server has refused the token of a request that began after so many refusals. Requests at the same time ask for one new token. */
  forget(refusals: number): void {
    if (refusals !== this.#refusals) return;
    this.#refusals++;
    this.#answer = undefined;
  }
}

async function askToken(source: TokenSource): Promise<string> {
  if (typeof source === "string") return source;
  let token: unknown;
  try {
    token = await source();
  } catch (cause) {
    throw new StorageUnreachableError(`The function token failed: ${String(cause)}`, { cause });
  }
  assertToken(token);
  return token;
}

function assertToken(token: unknown): asserts token is string {
  if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) return;
  throw new ConfigurationError("token has to be a string of visible ASCII characters, or a function that returns one");
}
