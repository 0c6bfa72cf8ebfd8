import {
  assertCommitted,
  assertHolder,
  assertHoldTimeout,
  assertLockRequest,
  assertWait,
} from "../../core/remote-locks/lock-arguments.ts";
import { checkedProgress, type Progress } from "../../core/concurrency/progress.ts";
import type {
  EndedComputation,
  EndLockOptions,
  LockLease,
  LockRequest,
  LockService,
  LockState,
} from "../../core/remote-locks/lock-service.ts";
import { callObject } from "./durable-object-calls.ts";
import type { LockNamespaceBinding, LockStub } from "../bindings/lock-namespace.ts";

/** The locks of a Durable Object namespace, one object for each key. All calls are repeatable, so calls that fail in transit are retried. */
export class DurableObjectLocks implements LockService {
  readonly #namespace: LockNamespaceBinding;

  constructor(namespace: LockNamespaceBinding) {
    this.#namespace = namespace;
  }

  async acquire(key: string, request: LockRequest): Promise<LockLease | undefined> {
    assertLockRequest(request);
    return this.#call(key, (lock) => lock.acquire(request));
  }

  async renew(key: string, holder: string, holdTimeout: number): Promise<LockLease | undefined> {
    assertHolder(holder);
    assertHoldTimeout(holdTimeout);
    return this.#call(key, (lock) => lock.renew(holder, holdTimeout));
  }

  async release(key: string, holder: string, options: EndLockOptions = {}): Promise<boolean> {
    assertHolder(holder);
    assertCommitted(options.committed);
    return this.#call(key, async (lock, attempt) => {
      // if an earlier attempt's answer was lost, that attempt may have released the lock
      return (await lock.release(holder, options)) || attempt > 1;
    });
  }

  async endComputation(key: string): Promise<EndedComputation> {
    return this.#call(key, (lock) => lock.endComputation());
  }

  async inspect(key: string, holder?: string): Promise<LockState> {
    if (holder !== undefined) assertHolder(holder);
    return this.#call(key, (lock) => lock.inspect(holder));
  }

  async wait(key: string, timeout: number, seen?: number): Promise<LockState> {
    assertWait(timeout);
    return this.#call(key, (lock) => lock.wait(timeout, seen));
  }

  async report(key: string, holder: string, progress: Progress): Promise<boolean> {
    const checked = checkedProgress(progress);
    return this.#call(key, async (lock) => (await lock.report?.(holder, checked)) ?? false);
  }

  async #call<T>(key: string, call: (lock: LockStub, attempt: number) => Promise<T>): Promise<T> {
    return callObject(this.#namespace, { key, what: "The lock's" }, call);
  }
}
