import type { LockLease, LockRequest, LockService, LockState } from "../core/remote-locks/lock-service.ts";
import { type Progress, toProgress } from "../core/concurrency/progress.ts";
import type { ReleaseLockOptions } from "../core/locks/result-lock-manager.ts";
import { assertStorageKey } from "../core/record/storage-key.ts";
import { assertDone, foreignAnswer, isCount, parseJson, type HttpAnswer } from "./requests/http-answer.ts";
import { HttpClient, type HttpRequest, type HttpSender } from "./requests/http-client.ts";
import type { HttpOptions } from "./requests/http-options.ts";
import {
  type LockAction,
  lockPath,
  type ReleaseLockJson,
  type RenewLockJson,
  type ReportProgressJson,
} from "./requests/protocol.ts";

/** The locks behind the HTTP API of a Worker. All calls are repeatable, so the client retries after a lost answer. Sends whole milliseconds only. */
export class HttpLocks implements LockService {
  readonly #client: HttpSender;

  constructor(options: HttpOptions | HttpSender) {
    this.#client = HttpClient.of(options);
  }

  async acquire(key: string, request: LockRequest): Promise<LockLease | undefined> {
    const { holder, comesBack } = request;
    const [holdTimeout, wait] = [Math.ceil(request.holdTimeout), Math.ceil(request.wait)];
    const json: LockRequest = { holder, holdTimeout, wait, comesBack };
    return this.#post(key, "acquire", json, { expects: "LOCK_TIMEOUT", wait }, (answer) => leaseOf(answer, key));
  }

  async renew(key: string, holder: string, holdTimeout: number): Promise<LockLease | undefined> {
    const json: RenewLockJson = { holder, holdTimeout: Math.ceil(holdTimeout) };
    return this.#post(key, "renew", json, { expects: "LOCK_NOT_HELD" }, (answer) => leaseOf(answer, key));
  }

  async release(key: string, holder: string, { committed }: ReleaseLockOptions = {}): Promise<boolean> {
    const json: ReleaseLockJson = { holder, ...(committed !== undefined && { committed }) };
    return this.#post(key, "release", json, { expects: "LOCK_NOT_HELD" }, (answer) => {
      // if an earlier attempt's answer was lost, that attempt may have released the lock
      if (answer.problem) return answer.isRepeated;
      assertDone(answer, key);
      return true;
    });
  }

  async inspect(key: string, holder?: string): Promise<LockState> {
    const query = holder === undefined ? "" : `?holder=${encodeURIComponent(holder)}`;
    return this.#send(key, { method: "GET", path: lockPath(key) + query }, (answer) => stateOf(answer, key));
  }

  async wait(key: string, timeout: number, seen?: number): Promise<LockState> {
    const asked = seen === undefined ? "" : `&seen=${seen}`;
    const path = `${lockPath(key, "wait")}?timeout=${Math.ceil(timeout)}${asked}`;
    return this.#send(key, { method: "GET", path, wait: timeout }, (answer) => stateOf(answer, key));
  }

  async report(key: string, holder: string, progress: Progress): Promise<boolean> {
    const json: ReportProgressJson = { holder, ...progress };
    // a Worker of an earlier version refuses it, and is of use all the same
    return this.#post(key, "progress", json, { expects: "LOCK_NOT_HELD", hasFallback: false }, (answer) => {
      if (answer.problem) return false;
      assertDone(answer, key);
      return true;
    });
  }

  #post<T>(
    key: string,
    action: LockAction,
    json: object,
    options: Pick<HttpRequest, "expects" | "wait" | "hasFallback">,
    read: (answer: HttpAnswer) => T,
  ): Promise<T> {
    const headers = { "content-type": "application/json" };
    const request = { method: "POST", path: lockPath(key, action), headers, body: JSON.stringify(json) } as const;
    return this.#send(key, { ...request, ...options }, read);
  }

  async #send<T>(key: string, request: HttpRequest, read: (answer: HttpAnswer) => T): Promise<T> {
    assertStorageKey(key);
    return this.#client.send({ ...request, key }, read);
  }
}

/** `undefined` for an expected problem: the lock was not granted. */
function leaseOf(answer: HttpAnswer, key: string): LockLease | undefined {
  if (answer.problem) return undefined;
  const lease = parseJson(answer) as Partial<LockLease> | undefined;
  if (!isCount(lease?.token) || !Number.isFinite(lease?.expiresIn)) throw foreignAnswer(answer, key);
  return pick<LockLease>(lease, leaseParts);
}

function stateOf(answer: HttpAnswer, key: string): LockState {
  const state = parseJson(answer) as Partial<LockState> | undefined;
  if (typeof state?.isLocked !== "boolean") throw foreignAnswer(answer, key);
  const { progress } = state;
  const rest = pick<LockState>(state, stateParts);
  const told = toProgress(progress);
  return told && isCount(progress?.number) ? { ...rest, progress: { ...told, number: progress.number } } : rest;
}

type Check = (value: unknown) => boolean;

const isBoolean: Check = (value) => typeof value === "boolean";
const isText: Check = (value) => typeof value === "string";
const parts = { token: isCount, expiresIn: Number.isFinite, committed: isText };
const leaseParts = { ...parts, unheldFor: Number.isFinite, isConfirmed: isBoolean, takenOver: isBoolean };
const stateParts = { ...parts, isLocked: isBoolean, isByHand: isBoolean, isHolder: isBoolean, isLastHolder: isBoolean };

/** The parts that have the right types. */
function pick<T extends object>(given: Partial<T>, checks: Readonly<Record<string, Check>>): T {
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => Object.hasOwn(checks, name) && checks[name]!(value)),
  ) as T;
}
