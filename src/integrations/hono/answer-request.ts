import type { ResultAnswer } from "../../core/options/call-options.ts";
import { later } from "../../core/concurrency/settle-within.ts";
import { executionContextOf } from "./background.ts";
import { type KeptResponse, type PassedResponse, withoutOldPasses } from "./kept-response.ts";
import type { ResolvedOptions } from "./options.ts";
import { HandlerFailure, type ResponseComputation } from "./response-computation.ts";
import { addStatus } from "./response-headers.ts";
import { finish, sendKept, sendOwn } from "./send-response.ts";
import { lifetimeOf, mustRevalidate } from "./sharing.ts";

/** How long a request waits for the response of another one, in milliseconds. A handler may hang for ever. */
const waitFor = 60_000;

type Value = KeptResponse | PassedResponse;

/** Empty: the response of the request itself can be sent already. */
interface Outcome {
  readonly answer?: ResultAnswer<Value>;
  readonly error?: unknown;
}

/** Answers a request with the kept response, or else with its own. */
export async function answerRequest(computation: ResponseComputation): Promise<void> {
  const { c, key, options } = computation;
  const asked = options.store.now();
  let outcome = await ask(computation, options);
  // what replaces the stale response is on its way, and this call joins it
  if (isForbidden(outcome) && !computation.hasRun) outcome = await ask(computation, {});
  if (computation.own) return sendOwn(computation);
  const kept = keptIn(outcome);
  if (kept) {
    // a call may also join the look of another one that finds an old response
    const isNew = hasWaited(kept) && kept.createdAt.getTime() >= asked;
    sendKept(computation, kept, isNew ? { fwd: "miss", collapsed: true } : { hit: true });
    if (kept.isStale && !options.store.waitUntil && executionContextOf(c)) void ask(computation, {});
    return;
  }
  if (computation.thrown) throw computation.thrown.error;
  if (computation.hasRun) return sendOwn(computation);
  const { answer, error } = outcome;
  if (!answer && !(error instanceof HandlerFailure)) throw error;
  await computation.run();
  const detail = answer && "pass" in answer.value ? answer.value.pass : undefined;
  finish(c, options.vary, { fwd: "miss", collapsed: hasWaited(answer) ? false : undefined, key, detail });
}

/** Whether a call waited for the computation of another one, or for its failure. */
function hasWaited(answer: ResultAnswer<Value> | undefined): boolean {
  return !answer || answer.source === "joined" || answer.source === "waited";
}

/** Answers a request only with a response that is fresh already. Otherwise its handlers run for it alone. */
export async function look(computation: ResponseComputation, isOnlyIfCached: boolean): Promise<void> {
  const { c, key, options } = computation;
  // trouble with the store is a miss
  const record = await options.store.read<Value>(key, { wait: false }).catch(() => undefined);
  if (record?.isReadable && !("pass" in record.result)) {
    const { result: value, metadata } = record;
    return sendKept(computation, { ...metadata, value }, { hit: true });
  }
  if (isOnlyIfCached) {
    c.res = c.body(null, 504);
    return addStatus(c, { key, detail: "only-if-cached" });
  }
  await computation.run();
  finish(c, options.vary, { fwd: "miss", key });
}

/** Asks the store. It calls the computation if it has no response. */
function ask(
  computation: ResponseComputation,
  { staleWhileRevalidate, staleIfError }: Pick<ResolvedOptions, "staleWhileRevalidate" | "staleIfError">,
): Promise<Outcome> {
  const { c, key, compute, options } = computation;
  const { store, tags, expiresIn } = options;
  const lifetime = (value: Value) =>
    "pass" in value ? value.until - store.now() : (expiresIn ?? lifetimeOf(new Headers(value.headers), Date.now()));
  const stop = later(waitFor, computation.stopWaiting);
  const asking = store
    .answer<Value>(key, compute, {
      expiresIn: lifetime,
      staleWhileRevalidate: computation.behind && staleWhileRevalidate,
      staleIfError,
      schema: computation.behind && withoutOldPasses(() => store.now()),
      signal: computation.waited,
      tags: typeof tags === "function" ? tags(c) : tags,
    })
    .then(
      (answer) => {
        computation.isAnswered = true;
        return { answer };
      },
      (error: unknown) => ({ error }),
    )
    .finally(stop);
  executionContextOf(c)?.waitUntil(asking);
  const ownResponse = computation.ready.promise.then(() => ({}));
  return Promise.race([ownResponse, asking]);
}

/** The answer that may be sent. */
function keptIn(outcome: Outcome): ResultAnswer<KeptResponse> | undefined {
  const { answer } = outcome;
  if (!answer || "pass" in answer.value || isForbidden(outcome)) return undefined;
  return { ...answer, value: answer.value };
}

/** Whether it is a stale response that forbids to be served as one. */
function isForbidden({ answer }: Outcome): boolean {
  if (!answer?.isStale || "pass" in answer.value) return false;
  return mustRevalidate(new Headers(answer.value.headers));
}
