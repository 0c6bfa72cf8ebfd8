import type { DeferredJob, InspectOptions } from "../core/deferred/job-scheduler.ts";
import { TaskScheduler } from "../core/deferred/task-scheduler.ts";
import type { DeferredStatus } from "../core/options/scheduler.ts";
import { assertStorageKey } from "../core/record/storage-key.ts";
import { InvalidArgumentError } from "../errors/index.ts";
import { foreignAnswer, isCount, parseJson, type HttpAnswer } from "./requests/http-answer.ts";
import { HttpClient, type HttpSender } from "./requests/http-client.ts";
import type { HttpOptions } from "./requests/http-options.ts";
import { deferPath, deferredStatusPath, maxParameterBytes, recordMediaType } from "./requests/protocol.ts";

const states: readonly unknown[] = ["pending", "running", "done", "failed"];

/**
 * Runs deferred calls on the Worker behind an HTTP API. The Worker has to register their tasks, and the token has to allow
 * `"defer"`. Calls reject as those of `HttpStorage` do. Throws `ConfigurationError` for invalid options.
 *
 * @example
 * ```ts
 * const scheduler = new HttpTaskScheduler({ url: "https://results.example.com", token: () => fetchToken() });
 * ```
 */
export class HttpTaskScheduler extends TaskScheduler {
  readonly #client: HttpSender;

  constructor(options: HttpOptions | HttpSender) {
    super();
    this.#client = HttpClient.of(options);
  }

  /** Retries after a lost answer: a second submission joins the first. Rejects with `InvalidArgumentError` if the Worker refuses the job. */
  async submit(
    { task, key, parameters }: DeferredJob,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<DeferredStatus> {
    assertStorageKey(key);
    if (parameters.length > maxParameterBytes) {
      const message = `The parameters of "${key}" have ${parameters.length} bytes; at most ${maxParameterBytes} can be deferred. Pass the key of a record instead`;
      throw new InvalidArgumentError(message, { key });
    }
    const headers = { "content-type": recordMediaType };
    const path = deferPath(key, task);
    return statusOf(await this.#client.send({ method: "POST", path, headers, body: parameters, key, signal }), key);
  }

  /** See `JobScheduler.inspect`. */
  async inspect(key: string, { wait = 0, signal }: InspectOptions = {}): Promise<DeferredStatus | undefined> {
    assertStorageKey(key);
    const path = deferredStatusPath(key, Math.ceil(wait));
    const answer = await this.#client.send({ method: "GET", path, key, expects: "RECORD_NOT_FOUND", wait, signal });
    return answer.problem ? undefined : statusOf(answer, key);
  }
}

function statusOf(answer: HttpAnswer, key: string): DeferredStatus {
  const { state, attempts, error, nextAttemptAt } = (parseJson(answer) ?? {}) as Partial<DeferredStatus>;
  if (!states.includes(state) || !isCount(attempts)) throw foreignAnswer(answer, key);
  if (error !== undefined && (typeof error?.name !== "string" || typeof error.message !== "string")) {
    throw foreignAnswer(answer, key);
  }
  return {
    state: state!,
    attempts,
    ...(error && { error: { name: error.name, message: error.message } }),
    ...(Number.isFinite(nextAttemptAt) && { nextAttemptAt: nextAttemptAt! + answer.clockOffset }),
  };
}
