import type { LockLease, LockRequest, LockService, LockState } from "../core/remote-locks/lock-service.ts";
import type { ReleaseLockOptions } from "../core/locks/result-lock-manager.ts";
import { assertStorageKey } from "../core/record/storage-key.ts";
import { assertDone, foreignAnswer, parseJson, type HttpAnswer } from "./http-answer.ts";
import { HttpClient, type HttpRequest } from "./http-client.ts";
import type { HttpOptions } from "./http-options.ts";
import { lockPath, type ReleaseLockJson, type RenewLockJson } from "./protocol.ts";

/** The locks behind the HTTP API of a Worker. All calls are repeatable, so the client retries after a lost answer. Sends whole milliseconds only. */
export class HttpLocks implements LockService {
  readonly #client: HttpClient;

  constructor(options: HttpOptions | HttpClient) {
    this.#client = HttpClient.of(options);
  }

  async acquire(key: string, request: LockRequest): Promise<LockLease | undefined> {
    const { holder, comesBack } = request;
    const [holdTimeout, wait] = [Math.ceil(request.holdTimeout), Math.ceil(request.wait)];
    const json: LockRequest = { holder, holdTimeout, wait, comesBack };
    const answer = await this.#post(key, "acquire", json, { expects: "LOCK_TIMEOUT", wait });
    return answer.problem ? undefined : leaseOf(answer, key);
  }

  async renew(key: string, holder: string, holdTimeout: number): Promise<LockLease | undefined> {
    const json: RenewLockJson = { holder, holdTimeout: Math.ceil(holdTimeout) };
    const answer = await this.#post(key, "renew", json, { expects: "LOCK_NOT_HELD" });
    return answer.problem ? undefined : leaseOf(answer, key);
  }

  async release(key: string, holder: string, { committed }: ReleaseLockOptions = {}): Promise<boolean> {
    const json: ReleaseLockJson = { holder, ...(committed !== undefined && { committed }) };
    const answer = await this.#post(key, "release", json, { expects: "LOCK_NOT_HELD" });
    // if an earlier attempt's answer was lost, that attempt may have released the lock
    if (answer.problem) return answer.isRepeated;
    assertDone(answer, key);
    return true;
  }

  async inspect(key: string, holder?: string): Promise<LockState> {
    const query = holder === undefined ? "" : `?holder=${encodeURIComponent(holder)}`;
    return stateOf(await this.#send(key, { method: "GET", path: lockPath(key) + query }), key);
  }

  async wait(key: string, timeout: number): Promise<LockState> {
    const path = `${lockPath(key, "wait")}?timeout=${Math.ceil(timeout)}`;
    return stateOf(await this.#send(key, { method: "GET", path, wait: timeout }), key);
  }

  #post(
    key: string,
    action: "acquire" | "renew" | "release",
    json: object,
    options: Pick<HttpRequest, "expects" | "wait">,
  ): Promise<HttpAnswer> {
    const headers = { "content-type": "application/json" };
    return this.#send(key, {
      method: "POST",
      path: lockPath(key, action),
      headers,
      body: JSON.stringify(json),
      ...options,
    });
  }

  async #send(key: string, request: HttpRequest): Promise<HttpAnswer> {
    assertStorageKey(key);
    return this.#client.send({ ...request, key });
  }
}

function leaseOf(answer: HttpAnswer, key: string): LockLease {
  const lease = parseJson(answer) as Partial<LockLease> | undefined;
  if (!isCount(lease?.token) || !Number.isFinite(lease?.expiresIn)) throw foreignAnswer(answer, key);
  return lease as LockLease;
}

/** Tokens are compared, and beyond the safe integers two different tokens may look equal. */
function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function stateOf(answer: HttpAnswer, key: string): LockState {
  const state = parseJson(answer) as Partial<LockState> | undefined;
  if (typeof state?.isLocked !== "boolean") throw foreignAnswer(answer, key);
  return state as LockState;
}
