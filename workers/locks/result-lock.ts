import { DurableObject } from "cloudflare:workers";
import {
  assertCommitted,
  assertHolder,
  assertHoldTimeout,
  assertLockRequest,
  assertSeen,
  assertWait,
} from "../../src/core/remote-locks/lock-arguments.ts";
import { checkedProgress, type Progress } from "../../src/core/concurrency/progress.ts";
import type {
  EndedComputation,
  EndLockOptions,
  LockLease,
  LockRequest,
  LockState,
} from "../../src/core/remote-locks/lock-service.ts";
import { KeyLock } from "./key-lock.ts";
import { deletableFrom, freeRetention, isHeld, type LockRow } from "./lock-row.ts";

const rowName = "lock";

/**
 * The Durable Object that keeps the lock of one key. Export it from the Worker's main module and bind it as
 * `RESULT_LOCKS`. `DurableObjectLocks` calls it by RPC. Its methods are those of `LockService` without the key.
 *
 * Bad arguments throw. RPC loses the class of an error, so the client checks the arguments before the call too.
 *
 * @example
 * ```ts
 * export { ResultInvalidations, ResultLock } from "reprise/worker";
 * ```
 */
export class ResultLock extends DurableObject<unknown> {
  readonly #lock: KeyLock;
  /** The time of the next alarm. Absent: none is set. */
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

  /** See `LockService.acquire`. */
  async acquire(request: LockRequest): Promise<LockLease | undefined> {
    assertLockRequest(request);
    return this.#lock.acquire(request);
  }

  /** See `LockService.renew`. */
  async renew(holder: string, holdTimeout: number): Promise<LockLease | undefined> {
    assertHolder(holder);
    assertHoldTimeout(holdTimeout);
    return this.#lock.renew(holder, holdTimeout);
  }

  /** See `LockService.release`. */
  async release(holder: string, options: EndLockOptions = {}): Promise<boolean> {
    assertHolder(holder);
    assertCommitted(options.committed);
    return this.#lock.release(holder, options);
  }

  /** See `LockService.endComputation`. */
  async endComputation(): Promise<EndedComputation> {
    return this.#lock.endComputation();
  }

  /** See `LockService.inspect`. */
  async inspect(holder?: string): Promise<LockState> {
    if (holder !== undefined) assertHolder(holder);
    return this.#lock.inspect(holder);
  }

  /** See `LockService.wait`. */
  async wait(timeout: number, seen?: number): Promise<LockState> {
    assertWait(timeout);
    assertSeen(seen);
    return this.#lock.wait(timeout, seen);
  }

  /** See `LockService.report`. */
  async report(holder: string, progress: Progress): Promise<boolean> {
    assertHolder(holder);
    return this.#lock.report(holder, checkedProgress(progress));
  }

  /** Deletes the row once it is of no use. Otherwise sets the next alarm. */
  override async alarm(): Promise<void> {
    this.#alarmAt = undefined;
    const { row } = this.#lock;
    const now = Date.now();
    if (!row || deletableFrom(row) <= now) await this.#delete();
    else this.#setAlarm(isHeld(row, now) ? row.expiresAt + freeRetention : deletableFrom(row));
  }

  #save(row: LockRow): void {
    this.ctx.storage.kv.put(rowName, row);
    this.#setAlarm(Date.now() + freeRetention);
  }

  /** Each new alarm costs a write, so an alarm that goes off a little late is good enough. */
  #setAlarm(time: number): void {
    if (this.#alarmAt !== undefined && this.#alarmAt <= time + freeRetention) return;
    this.#alarmAt = time;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(time));
  }

  async #delete(): Promise<void> {
    this.#lock.clear();
    await this.ctx.storage.deleteAll();
  }
}
