import { DurableObject } from "cloudflare:workers";
import {
  assertCommitted,
  assertHolder,
  assertHoldTimeout,
  assertLockRequest,
  assertWait,
} from "../../src/core/remote-locks/lock-arguments.ts";
import type { EndLockOptions, LockLease, LockRequest, LockState } from "../../src/core/remote-locks/lock-service.ts";
import { KeyLock } from "./key-lock.ts";
import { forgettableFrom, freeMemory, isHeld, type LockRow } from "./lock-row.ts";

const rowName = "lock";

/**
 * The lock of one key, called by RPC: what `LockService` says, without the key. `DurableObjectLocks` is its client.
 * Export it from the Worker's main module and bind it as `RESULT_LOCKS`.
 *
 * Bad arguments throw; RPC takes the class of an error away, so the client checks them too, before it calls.
 */
export class ResultLock extends DurableObject<unknown> {
  readonly #lock: KeyLock;
  /** When the alarm goes off; absent: there is none. */
  #alarmAt: number | undefined;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    this.#lock = new KeyLock({
      row: ctx.storage.kv.get<LockRow>(rowName),
      save: (row) => this.#save(row),
      now: () => Date.now(),
    });
    void ctx.blockConcurrencyWhile(async () => {
      this.#alarmAt = (await ctx.storage.getAlarm()) ?? undefined;
    });
  }

  async acquire(request: LockRequest): Promise<LockLease | undefined> {
    assertLockRequest(request);
    return this.#lock.acquire(request);
  }

  async renew(holder: string, holdTimeout: number): Promise<LockLease | undefined> {
    assertHolder(holder);
    assertHoldTimeout(holdTimeout);
    return this.#lock.renew(holder, holdTimeout);
  }

  async release(holder: string, options: EndLockOptions = {}): Promise<boolean> {
    assertHolder(holder);
    assertCommitted(options.committed);
    return this.#lock.release(holder, options);
  }

  async inspect(holder?: string): Promise<LockState> {
    if (holder !== undefined) assertHolder(holder);
    return this.#lock.inspect(holder);
  }

  async wait(timeout: number): Promise<LockState> {
    assertWait(timeout);
    return this.#lock.wait(timeout);
  }

  /** Deletes what is of no use any more, and then looks again when that may be so. */
  override async alarm(): Promise<void> {
    this.#alarmAt = undefined;
    const { row } = this.#lock;
    const now = Date.now();
    if (!row || forgettableFrom(row) <= now) await this.#forget();
    else this.#lookAt(isHeld(row, now) ? row.expiresAt + freeMemory : forgettableFrom(row));
  }

  #save(row: LockRow): void {
    this.ctx.storage.kv.put(rowName, row);
    this.#lookAt(Date.now() + freeMemory);
  }

  /** An alarm that is set costs a write each time, so one that goes off a little late will do. */
  #lookAt(time: number): void {
    if (this.#alarmAt !== undefined && this.#alarmAt <= time + freeMemory) return;
    this.#alarmAt = time;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(time));
  }

  async #forget(): Promise<void> {
    this.#lock.forget();
    await this.ctx.storage.deleteAll();
  }
}
