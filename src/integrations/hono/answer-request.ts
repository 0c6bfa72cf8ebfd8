import type { Keep } from "../../core/answers/keep.ts";
import type { Answer } from "../../core/answers/computation.ts";
import { later } from "../../core/concurrency/settle-within.ts";
import { isExpired } from "../../core/record/is-expired.ts";
import { internals } from "../../core/store/store-internals.ts";
import { executionContextOf } from "./background.ts";
import type { KeptResponse, PassedResponse } from "./kept-response.ts";
import type { CacheStatus } from "./response-headers.ts";
import { HandlerFailure, type ResponseComputation } from "./response-computation.ts";
import { finish, sendKept, sendOwn, whyForwarded } from "./send-response.ts";
import { lifetimeOf, staleTimeOf } from "./sharing.ts";

type Value = KeptResponse | PassedResponse;

/** Empty: the response of the request itself can be sent already. */
interface Outcome {
  readonly answer?: Answer & { readonly value: Value };
  readonly error?: unknown;
}

/** Answers a request with the kept response, or else with its own. */
export async function answerRequest(computation: ResponseComputation): Promise<void> {
  const { key, options, passes } = computation.asked;
  const since = options.store.now();
  const known = passes.get(key, since);
  if (known) return runAlone(computation, { fwd: "miss", detail: known.pass });
  const { answer, error } = await ask(computation);
  if (computation.own) return sendOwn(computation);
  if (answer && "headers" in answer.value) {
    const { value, record } = answer;
    const { createdAt = new Date(options.store.now()), expiration } = record?.metadata ?? {};
    // a request may also wait for the look of another one that finds an old response
    const isNew = computation.hasWaited && createdAt.getTime() >= since;
    return sendKept(computation, { value, createdAt, expiration, isNew });
  }
  if (computation.thrown) throw computation.thrown.error;
  if (computation.hasRun) return sendOwn(computation);
  if (!answer && !(error instanceof HandlerFailure)) throw error;
  const pass = answer?.value as PassedResponse | undefined;
  if (pass) passes.note(key, pass);
  return runAlone(computation, { ...whyForwarded(computation), detail: pass?.pass });
}

/** Answers a request by its own handlers, whose response is for itself. */
async function runAlone(computation: ResponseComputation, why: CacheStatus): Promise<void> {
  const { c, key, options } = computation.asked;
  await computation.run();
  finish(c, options.vary, { ...why, key });
}

/** Answers a request only with a response that is fresh already. Otherwise its handlers run for it alone. */
export async function look(computation: ResponseComputation, isOnlyIfCached: boolean): Promise<void> {
  const { c, key, options } = computation.asked;
  // trouble with the store is a miss
  const record = await options.store.read<Value>(key, { wait: false, allowExpired: true }).catch(() => undefined);
  if (record?.isReadable && "headers" in record.result) {
    const { result: value, metadata } = record;
    if (!isExpired(metadata, options.store.now())) return sendKept(computation, { ...metadata, value });
    computation.hasFoundOld = true;
  }
  if (!isOnlyIfCached) return runAlone(computation, whyForwarded(computation));
  c.res = c.body(null, 504);
  finish(c, options.vary, { key, detail: "only-if-cached" });
}

/** Asks the store. It calls the computation if it has no response. */
async function ask(computation: ResponseComputation): Promise<Outcome> {
  const { c, key, options } = computation.asked;
  const waitUntil = (work: Promise<unknown>) => executionContextOf(c)?.waitUntil(work);
  const wait = new AbortController();
  const giveUp = () => {
    if (!computation.hasRun) wait.abort(new HandlerFailure("The request has given up its look"));
  };
  const stop = options.waitTimeout > 0 ? later(options.waitTimeout, giveUp) : undefined;
  const compute = async (_context: unknown, keep: Keep) => {
    // others may wait for this computation although its request has run its handlers meanwhile
    wait.signal.throwIfAborted();
    return computation.compute(keep);
  };
  const steps = { read: undefined, onWait: () => (computation.hasWaited = true), onRefresh: waitUntil };
  const asking = options.store[internals]
    .answerWhole(key, compute, callOptions(computation, wait.signal), steps)
    .then(
      (answer) => {
        computation.isAnswered = true;
        return { answer: answer as Answer & { value: Value } };
      },
      (error: unknown) => {
        computation.isUnkept = true;
        return { error };
      },
    )
    .finally(stop);
  waitUntil(asking);
  return Promise.race([computation.ready.promise.then(() => ({})), asking]);
}

function callOptions(computation: ResponseComputation, signal: AbortSignal) {
  const { c, options, behind } = computation.asked;
  const { store, tags, expiresIn, staleWhileRevalidate, staleIfError } = options;
  const lifetime = (value: Value) =>
    "pass" in value ? value.until - store.now() : (expiresIn ?? lifetimeOf(new Headers(value.headers), store.now()));
  /** The store asks it about a response that it finds expired, and then about the new one. */
  const staleTime =
    (name: "stale-while-revalidate" | "stale-if-error", given: number | undefined) => (value: Value) => {
      if ("pass" in value) return 0;
      computation.hasFoundOld ||= !computation.hasRun;
      return staleTimeOf(new Headers(value.headers), name, given);
    };
  return {
    expiresIn: lifetime,
    staleWhileRevalidate: behind ? staleTime("stale-while-revalidate", staleWhileRevalidate) : 0,
    staleIfError: staleTime("stale-if-error", staleIfError),
    signal,
    tags: typeof tags === "function" ? tags(c) : tags,
  };
}
