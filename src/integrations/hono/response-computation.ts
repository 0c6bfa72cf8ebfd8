import type { Context, Next } from "hono";
import { tellUnkept } from "../../core/events/store-event.ts";
import { later } from "../../core/concurrency/settle-within.ts";
import { ConfigurationError } from "../../errors/index.ts";
import { type Behind, runBehind } from "./background.ts";
import { keep, type KeptResponse, type PassedResponse, passedResponse, readUpTo } from "./kept-response.ts";
import type { ResolvedOptions } from "./options.ts";
import { unconditional } from "./response-headers.ts";
import { whyUnshared } from "./sharing.ts";

/** The requests whose handlers run for a kept response. Another middleware of this kind behind the first would wait for itself. */
export const computing = new WeakSet<Context["req"]>();

/** A request failed, so its response is for itself alone. */
export class HandlerFailure extends Error {
  override readonly name = "HandlerFailure";
}

/** The response of a request, and what is kept of it. */
interface OwnResponse {
  /** Absent while its body is still being read. */
  value?: KeptResponse | PassedResponse;
}

/** Makes a response to keep: by the handlers of a request, or behind it once it has been answered. */
export class ResponseComputation {
  readonly c: Context;
  readonly options: ResolvedOptions;
  /** The key of the record. */
  readonly key: string;
  /** Absent: the handlers can't run behind the request. */
  readonly behind: Behind | undefined;
  readonly #next: Next;
  /** The headers of the request, with its conditions. */
  readonly asked: Headers;
  /** The headers of the response before the handlers ran. */
  readonly before: Headers;
  /** Resolves once the request need not wait for the store to send its own response. */
  readonly ready = Promise.withResolvers<void>();
  /** Ends the wait for the response of another request. */
  readonly #wait = new AbortController();
  #hasBegun = false;
  /** Whether the handlers of the request have been called. */
  hasRun = false;
  /** Whether the request has an answer, so that the handlers run behind it. */
  isAnswered = false;
  /** The response that its handlers have made, if that is no failure. */
  own: OwnResponse | undefined;
  /** Holds what the handlers threw, if Hono has made no response of it. */
  thrown: { readonly error: unknown } | undefined;

  constructor(c: Context, next: Next, options: ResolvedOptions, key: string, behind: Behind | undefined) {
    this.c = c;
    this.#next = next;
    this.options = options;
    this.key = key;
    this.behind = behind;
    this.asked = c.req.raw.headers;
    this.before = new Headers(c.res.headers);
  }

  /** Aborted once the request no longer waits for another one. */
  get waited(): AbortSignal {
    return this.#wait.signal;
  }

  /** Ends the wait, unless the request makes the response itself. */
  readonly stopWaiting = (): void => {
    if (!this.#hasBegun) this.#wait.abort(new HandlerFailure("Another request takes too long to make the response"));
  };

  /** Rejects with `HandlerFailure`, which makes nobody else's response fail. */
  readonly compute = async (): Promise<KeptResponse | PassedResponse> => {
    const c = this.c;
    this.waited.throwIfAborted();
    this.#hasBegun = true;
    c.req.raw = unconditional(c.req.raw);
    const behind = this.isAnswered ? this.behind : undefined;
    if (behind) {
      const own = await this.#enclosed(() => runBehind(c, behind)).catch(fail);
      assertSound(own);
      return whyPassed(own.res, this.options) ?? this.#keep(own.res, new Headers(), own.res.body);
    }
    this.hasRun = true;
    await this.run().catch(fail);
    assertSound(c);
    return this.#shareOwn(c);
  };

  /** Runs the handlers for this request. Rejects with an error that Hono's own handler of errors passes on. */
  async run(): Promise<void> {
    try {
      await this.#enclosed(this.#next);
    } catch (error) {
      this.thrown = { error };
      throw error;
    }
  }

  async #enclosed<T>(work: () => Promise<T>): Promise<T> {
    const { req } = this.c;
    computing.add(req);
    try {
      return await work();
    } finally {
      computing.delete(req);
    }
  }

  /** Hands the response to its own request, and to the store. */
  async #shareOwn(c: Context): Promise<KeptResponse | PassedResponse> {
    const { res } = c;
    const passed = whyPassed(res, this.options);
    const own: OwnResponse = (this.own = passed ? { value: passed } : {});
    // a body that is there at once has been read by then
    const stop = later(0, () => this.ready.resolve());
    if (passed) return passed;
    // the first branch gets a piece first, before the request can take its bytes away
    const [copy, body] = res.body?.tee() ?? [null, null];
    if (body) c.res = new Response(body, res);
    return (own.value = await this.#keep(res, this.before, copy, stop));
  }

  async #keep(
    response: Response,
    before: Headers,
    body: ReadableStream<Uint8Array> | null,
    onRead?: () => void,
  ): Promise<KeptResponse | PassedResponse> {
    const bytes = body ? await this.#read(body) : undefined;
    onRead?.();
    return typeof bytes === "string" ? passedResponse(bytes, this.options.store.now()) : keep(response, before, bytes);
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<Uint8Array | string> {
    const { maxBytes, store } = this.options;
    const bytes = await readUpTo(body, maxBytes).catch(fail);
    if (typeof bytes !== "string") return bytes;
    const isLate = bytes === "too-slow";
    const what = isLate ? "takes longer than a minute" : `is longer than maxBytes, ${maxBytes}`;
    const message = `The body of the response ${what}: ${isLate ? "leave this route out" : "set a larger one, or leave this route out"}`;
    tellUnkept(store.onEvent, this.key, new ConfigurationError(message, { key: this.key }));
    return bytes;
  }
}

function assertSound({ error, res }: Context): void {
  if (error || res.status >= 500) fail(error ?? new Error(`The status is ${res.status}`));
}

function whyPassed(response: Response, options: ResolvedOptions): PassedResponse | undefined {
  const pass = whyUnshared(response, options);
  return pass === undefined ? undefined : passedResponse(pass, options.store.now());
}

function fail(cause: unknown): never {
  throw new HandlerFailure("The response failed, so it is not kept", { cause });
}
