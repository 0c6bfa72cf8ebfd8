import type { Context, Next } from "hono";
import type { Keep } from "../../core/answers/keep.ts";
import { tellUnkept } from "../../core/events/store-event.ts";
import { later } from "../../core/concurrency/settle-within.ts";
import { ConfigurationError } from "../../errors/index.ts";
import { type Behind, runBehind } from "./background.ts";
import { keep, type KeptResponse, type Passes, type PassedResponse, passFor, readUpTo } from "./kept-response.ts";
import type { ResolvedOptions } from "./options.ts";
import { unconditional } from "./response-headers.ts";
import { whyUnshared } from "./sharing.ts";

/** The requests whose handlers run for a kept response. Another middleware of this kind behind the first would wait for itself. */
export const computing = new WeakSet<Context["req"]>();

/** A request failed, so its response is for itself alone. */
export class HandlerFailure extends Error {
  override readonly name = "HandlerFailure";
}

/** A request, and what its handlers are run with. */
export interface Asked {
  readonly c: Context;
  readonly next: Next;
  readonly options: ResolvedOptions;
  /** The key of the record. */
  readonly key: string;
  /** Absent: the handlers can't run behind the request. */
  readonly behind: Behind | undefined;
  readonly passes: Passes;
}

/** Makes a response to keep: by the handlers of a request, or behind it once it has been answered. */
export class ResponseComputation {
  readonly asked: Asked;
  /** The headers of the request, with its conditions. */
  readonly conditions: Headers;
  /** The headers of the response before the handlers ran. */
  readonly before: Headers;
  /** Resolves once the request need not wait for the store to send its own response. */
  readonly ready = Promise.withResolvers<void>();
  #stopTimer: (() => void) | undefined;
  /** Whether the handlers of the request have been called. */
  hasRun = false;
  /** Whether the request has an answer, so that the handlers run behind it. */
  isAnswered = false;
  /** Whether it has waited for the response of another request. */
  hasWaited = false;
  /** Whether the store has found a response that had expired. */
  hasFoundOld = false;
  /** Whether the response can't be kept. */
  isUnkept = false;
  /** What is kept of the response that its handlers have made. Absent: they have made none, or it is a failure. */
  own: KeptResponse | PassedResponse | "still being read" | undefined;
  /** Holds what the handlers threw, if Hono has made no response of it. */
  thrown: { readonly error: unknown } | undefined;

  constructor(asked: Asked) {
    this.asked = asked;
    this.conditions = asked.c.req.raw.headers;
    // a look at `c.res` makes a response, whose headers would win over those of the handler's response
    this.before = asked.c.body(null).headers;
  }

  /** Rejects with `HandlerFailure`, which makes nobody else's response fail. */
  async compute(keepInStore: Keep): Promise<KeptResponse | PassedResponse> {
    const { c, key, options, passes } = this.asked;
    const behind = this.isAnswered ? this.asked.behind : undefined;
    const began = options.store.now();
    c.req.raw = unconditional(c.req.raw);
    this.hasRun ||= !behind;
    const running = behind ? this.#enclosed(() => runBehind(c, behind)) : this.run();
    const { error, res } = (await running.catch(fail)) ?? c;
    if (error || res.status >= 500) fail(error ?? new Error(`The status is ${res.status}`));
    const reason = whyUnshared(res, options);
    const body = behind ? res.body : this.#handOver(res, reason);
    const made = reason === undefined ? await this.#keep(res, body, began) : this.#passed(reason);
    if (!behind) this.own = made;
    if ("pass" in made) passes.note(key, made);
    // a record for each URL that somebody tries out would fill the storage
    const isWanted = !("pass" in made) || this.hasFoundOld || this.hasWaited;
    // an event tells of a failure
    if (isWanted) await keepInStore(made, made)().catch(() => (this.isUnkept = true));
    return made;
  }

  /** Lets the request send its response while the store reads the body, of which it returns a branch. */
  #handOver(res: Response, reason: string | undefined): ReadableStream<Uint8Array> | null {
    this.own = reason === undefined ? "still being read" : this.#passed(reason);
    // a body that is there at once has been read by then
    this.#stopTimer = later(0, () => this.ready.resolve());
    if (reason !== undefined || !res.body) return null;
    // the first branch gets a piece first, before the request can take its bytes away
    const [copy, body] = res.body.tee();
    this.asked.c.res = new Response(body, res);
    return copy;
  }

  /** Runs the handlers for this request. Rejects with an error that Hono's own handler of errors passes on. */
  async run(): Promise<void> {
    try {
      return await this.#enclosed(this.asked.next);
    } catch (error) {
      this.thrown = { error };
      throw error;
    }
  }

  async #enclosed<T>(work: () => Promise<T>): Promise<T> {
    const { req } = this.asked.c;
    computing.add(req);
    try {
      return await work();
    } finally {
      computing.delete(req);
    }
  }

  async #keep(
    response: Response,
    body: ReadableStream<Uint8Array> | null,
    began: number,
  ): Promise<KeptResponse | PassedResponse> {
    const { key, options } = this.asked;
    const { store, maxBytes, waitTimeout } = options;
    // an age counts from the request (RFC 9111, 4.2.3). A response without one is made now
    const made = response.headers.has("Age") ? began : store.now();
    const bytes = body ? await readUpTo(body, maxBytes, waitTimeout).catch(fail) : undefined;
    this.#stopTimer?.();
    if (typeof bytes !== "string") return keep(response, this.before, bytes, store.now() - made);
    const what = {
      "too-slow": `takes longer than waitTimeout, ${waitTimeout} ms`,
      "too-large": `is longer than maxBytes, ${maxBytes}`,
    };
    const message = `The body of the response ${what[bytes]}: set a larger one, or leave this route out`;
    tellUnkept(store.onEvent, key, new ConfigurationError(message, { key }));
    return this.#passed(bytes);
  }

  #passed(pass: string): PassedResponse {
    return { pass, until: this.asked.options.store.now() + passFor };
  }
}

function fail(cause: unknown): never {
  throw new HandlerFailure("The response failed, so it is not kept", { cause });
}
