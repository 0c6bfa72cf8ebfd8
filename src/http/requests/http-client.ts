import pRetry, { type RetryContext } from "p-retry";
import { settleWithin } from "../../core/concurrency/settle-within.ts";
import {
  ConfigurationError,
  isRepriseError,
  StorageQuotaError,
  StorageUnreachableError,
  type RepriseError,
} from "../../errors/index.ts";
import { clockOffset } from "./clock.ts";
import {
  assertNoRedirect,
  countOf,
  foreignAnswer,
  isSuccess,
  problemError,
  readBody,
  type HttpAnswer,
  type Reply,
} from "./http-answer.ts";
import { resolveHttpOptions, type HttpOptions, type ResolvedHttpOptions } from "./http-options.ts";
import { withPatience } from "./patience.ts";
import { headers as names, outcomeMediaType } from "./protocol.ts";
import { isOnline, Reachability } from "./reachability.ts";
import { askToken } from "./token.ts";

/** A call of the API. The client sends it again if its answer is lost, unless there is a `retry`: callers must expect that it runs twice. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** As the protocol defines it, plus a query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** The key that errors name. */
  readonly key?: string | undefined;
  /** The codes of errors that are returned as an answer instead of being thrown. */
  readonly expects?: string | readonly string[];
  /** Milliseconds that the request asks the server to wait before it answers. */
  readonly wait?: number;
  /** Sent instead of a second attempt, for a request that must not run twice. */
  readonly retry?: Pick<HttpRequest, "method" | "headers">;
  /** The caller goes on without an answer: an answer of no use counts as none, and fewer retries are made. */
  readonly hasFallback?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const retries = 3;
/** Milliseconds before the first retry, with jitter up to twice as many. Doubles for each further retry. */
const firstDelay = 200;
/** The lowest expected upload speed, in bytes per millisecond. */
const slowestUpload = 100;

/** Statuses that a retry may overcome: the server is busy or briefly unavailable. */
const passing: readonly number[] = [429, 502, 503, 504];

/** A failed attempt that may be repeated. */
class PassingFailure extends Error {
  readonly error: RepriseError;
  readonly answer: Reply | undefined;

  constructor(error: RepriseError, answer?: Reply) {
    super(error.message);
    this.error = error;
    this.answer = answer;
  }
}

/** Sends requests, as `HttpClient` does. */
export interface HttpSender {
  send<T = HttpAnswer>(request: HttpRequest, read?: (answer: HttpAnswer) => T): Promise<T>;
}

/** Sends requests to one server with its token and within its timeout. Retries where that may help, and pauses while it is unreachable. */
export class HttpClient implements HttpSender {
  readonly #options: ResolvedHttpOptions;
  readonly #reachability: Reachability;

  constructor(options: HttpOptions) {
    this.#options = resolveHttpOptions(options);
    this.#reachability = new Reachability(this.#options.base);
  }

  /** The storage and locks of one server share a client, so that they share its knowledge of the network. */
  static of(options: HttpOptions | HttpSender): HttpSender {
    return typeof (options as HttpSender | undefined)?.send === "function"
      ? (options as HttpSender)
      : new HttpClient(options as HttpOptions);
  }

  /**
   * Resolves with what `read` makes of the answer, if that is a success or expected. Rejects with the error that a problem
   * reports, `AccessDeniedError` for any 401 and 403, `StorageUnreachableError` if there is no answer, `StorageError` if
   * something else answers, and with the signal's reason. With `hasFallback`, any fault of the server is a
   * `StorageUnreachableError`.
   */
  async send<T = HttpAnswer>(request: HttpRequest, read = (answer: HttpAnswer) => answer as T): Promise<T> {
    const { key, signal, wait = 0 } = request;
    signal?.throwIfAborted();
    if (isOnline() === false && !this.#options.isLoopback) {
      throw new StorageUnreachableError(`The browser is offline, so ${this.#options.base} was not asked`, { key });
    }
    const maxRetries = this.#reachability.isDoubtful ? 0 : retries;
    const call = async () => {
      try {
        return read(await this.#sendAgain(request, maxRetries));
      } catch (error) {
        throw error !== signal?.reason && request.hasFallback && isFault(error, request)
          ? unreachable(error, key)
          : error;
      }
    };
    return this.#reachability.run(call, { key, isLong: wait > 0, signal });
  }

  async #sendAgain(request: HttpRequest, maxRetries: number): Promise<HttpAnswer> {
    const { signal, wait = 0, hasFallback, retry } = request;
    // a caller with a fallback waits for one silence, not for two
    const maxRetryTime = (hasFallback ? 0.5 : 1.5) * (this.#options.timeout + wait);
    const deadline = performance.now() + maxRetryTime;
    let isRepeated = false;
    const shouldRetry = async ({ error, retryDelay }: RetryContext): Promise<boolean> => {
      if (!(error instanceof PassingFailure) || isOnline() === false) return false;
      const pause = retryAfter(error.answer) - retryDelay;
      if (performance.now() + pause > deadline) return false;
      // a request that was turned away has done nothing
      isRepeated ||= error.answer?.status !== 429;
      if (pause > 0) await sleep(pause, signal);
      return true;
    };
    try {
      const options = { retries: maxRetries, minTimeout: firstDelay, randomize: true, maxRetryTime, shouldRetry };
      const attempt = () => this.#try(isRepeated ? { ...request, ...retry } : request);
      const reply = await pRetry(attempt, { ...options, signal });
      return { ...reply, isRepeated };
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      this.#reachability.pause(retryAfter(error.answer));
      throw error.error;
    }
  }

  async #try(request: HttpRequest): Promise<Reply> {
    const { key, expects = [] } = request;
    let reply = await this.#exchange(request);
    // the token may have expired since it was last requested
    if (reply.status === 401 && typeof this.#options.token === "function") reply = await this.#exchange(request);
    const { status } = reply;
    if (isSuccess(reply)) return reply;
    const problem = problemError(reply, request);
    if (problem && [expects].flat().includes(problem.code)) return { ...reply, problem };
    if (status === 413 && request.method === "PUT") {
      throw new StorageQuotaError(
        `${this.#options.base} takes no record of this length: its storage or maxRecordBytes of createResultsApi sets the limit`,
        { key },
      );
    }
    if (!passing.includes(status) || problem instanceof ConfigurationError) throw problem ?? foreignAnswer(reply, key);
    const error =
      problem ?? new StorageUnreachableError(`${this.#options.base} answered with the status ${status}`, { key });
    throw new PassingFailure(error, reply);
  }

  async #exchange({ method, path, headers, body, key, wait = 0, hasFallback, signal }: HttpRequest): Promise<Reply> {
    const { base, timeout, fetch } = this.#options;
    const uploadTime = typeof body === "object" ? body.length / slowestUpload : 0;
    const first = timeout + wait + uploadTime;
    try {
      return await withPatience(
        { first, next: timeout, total: hasFallback ? first : first + 3 * timeout, signal },
        async (within, onProgress) => {
          // a redirect would carry the token and the record to another server
          const init: RequestInit = {
            method,
            headers: await this.#headers(headers),
            signal: within,
            redirect: "manual",
          };
          if (body !== undefined) init.body = body as BodyInit;
          if (method === "PUT") (init.headers as Headers).set(names.now, String(Date.now()));
          const response = await fetch(base + path, init);
          onProgress(0);
          assertNoRedirect(response, base, key);
          const offset = clockOffset(countOf(response.headers.get(names.now)) ?? Number.NaN, Date.now());
          return {
            status: response.status,
            headers: response.headers,
            clockOffset: offset,
            bytes: await readBody(response, onProgress),
          };
        },
      );
    } catch (cause) {
      if (isRepriseError(cause)) throw cause;
      throw new PassingFailure(
        new StorageUnreachableError(`${base} can't be reached: ${String(cause)}`, { key, cause }),
      );
    }
  }

  async #headers(own: Readonly<Record<string, string>> = {}): Promise<Headers> {
    const headers = new Headers(this.#options.headers);
    headers.set("accept", `${outcomeMediaType}, */*`);
    for (const [name, value] of Object.entries(own)) headers.set(name, value);
    const { token } = this.#options;
    if (token !== undefined) headers.set("authorization", `Bearer ${await askToken(token)}`);
    return headers;
  }
}

/** Whether the server is to blame, and not the request. */
function isFault(error: unknown, { method }: HttpRequest): error is RepriseError {
  if (!isRepriseError(error) || error instanceof StorageUnreachableError) return false;
  // the server has no room for this record, but answers well
  if (method === "PUT" && error instanceof StorageQuotaError) return false;
  // calls of locks expect the refusals that there are
  if (method === "POST") return error.code !== "ACCESS_DENIED";
  // a Worker may be older than its client
  if (method === "PUT" && error.code === "UNSUPPORTED_RECORD") return true;
  return /^(STORAGE|CONFIGURATION|RECORD_NOT_FOUND)/.test(error.code);
}

function unreachable(cause: RepriseError, key: string | undefined): StorageUnreachableError {
  return new StorageUnreachableError(cause.message, { key, cause });
}

/** Milliseconds to wait, from a `Retry-After` in seconds or as a date. */
function retryAfter(reply: Reply | undefined): number {
  const value = reply?.headers.get("retry-after");
  if (!value) return 0;
  const seconds = Number(value);
  return (Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1_000) || 0;
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return settleWithin({ timeout: milliseconds, signal, otherwise: undefined }, () => () => {});
}
