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
  /** Whether the handlers of the request have been called. */
  hasRun = false;
  /** Whether the request has an answer, so that the handlers run behind it. */
  isAnswered = false;
  /** Whether it has waited for the response of another request. */
  hasWaited = false;
  /** Whether the store has found a response that had expired. */
  hasFoundOld = false;
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
    const made = await (this.isAnswered && this.asked.behind ? this.#runBehind(this.asked.behind) : this.#runHere());
    if ("pass" in made) this.asked.passes.note(this.asked.key, made);
    // a record for each URL that somebody tries out would fill the storage
    const isWanted = !("pass" in made) || this.hasFoundOld || this.hasWaited;
    // an event has told of a failure
    if (isWanted) await keepInStore(made, made)().catch(() => {});
    return made;
  }

  async #runBehind(behind: Behind): Promise<KeptResponse | PassedResponse> {
    const { c, options } = this.asked;
    const began = options.store.now();
    c.req.raw = unconditional(c.req.raw);
    const own = await this.#enclosed(() => runBehind(c, behind)).catch(fail);
    assertSound(own);
    return this.#whyPassed(own.res) ?? this.#keep(own.res, { began, before: new Headers(), body: own.res.body });
  }

  /** Hands the response to its own request, and to the store. */
  async #runHere(): Promise<KeptResponse | PassedResponse> {
    const { c, options } = this.asked;
    const began = options.store.now();
    c.req.raw = unconditional(c.req.raw);
    this.hasRun = true;
    await this.run().catch(fail);
    assertSound(c);
    const { res } = c;
    const passed = this.#whyPassed(res);
    this.own = passed ?? "still being read";
    // a body that is there at once has been read by then
    const onRead = later(0, () => this.ready.resolve());
    if (passed) return passed;
    // the first branch gets a piece first, before the request can take its bytes away
    const [copy, body] = res.body?.tee() ?? [null, null];
    if (body) c.res = new Response(body, res);
    return (this.own = await this.#keep(res, { began, before: this.before, body: copy, onRead }));
  }

  /** Runs the handlers for this request. Rejects with an error that Hono's own handler of errors passes on. */
  async run(): Promise<void> {
    try {
      await this.#enclosed(this.asked.next);
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

  async #keep(response: Response, { began, before, body, onRead }: Kept): Promise<KeptResponse | PassedResponse> {
    const { key, options } = this.asked;
    const { store, maxBytes, waitTimeout } = options;
    // an age counts from the request (RFC 9111, 4.2.3). A response without one is made now
    const made = response.headers.has("Age") ? began : store.now();
    const bytes = body ? await readUpTo(body, maxBytes, waitTimeout).catch(fail) : undefined;
    onRead?.();
    if (typeof bytes !== "string") return keep(response, before, bytes, store.now() - made);
    const what =
      bytes === "too-slow"
        ? `takes longer than waitTimeout, ${waitTimeout} ms`
        : `is longer than maxBytes, ${maxBytes}`;
    const message = `The body of the response ${what}: set a larger one, or leave this route out`;
    tellUnkept(store.onEvent, key, new ConfigurationError(message, { key }));
    return this.#passed(bytes);
  }

  #whyPassed(response: Response): PassedResponse | undefined {
    const pass = whyUnshared(response, this.asked.options);
    return pass === undefined ? undefined : this.#passed(pass);
  }

  #passed(pass: string): PassedResponse {
    return { pass, until: this.asked.options.store.now() + passFor };
  }
}

/** How a response is kept. */
interface Kept {
  /** When its handlers began. */
  readonly began: number;
  readonly before: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
  readonly onRead?: () => void;
}

function assertSound({ error, res }: Context): void {
  if (error || res.status >= 500) fail(error ?? new Error(`The status is ${res.status}`));
}

function fail(cause: unknown): never {
  throw new HandlerFailure("The response failed, so it is not kept", { cause });
}
