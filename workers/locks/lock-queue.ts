import type { LockLease, LockRequest } from "../../src/core/remote-locks/lock-service.ts";

/** Milliseconds for which a holder that announced another call keeps its place. */
const placeRetention = 5_000;

/** The place of one holder: its waiting calls, and the time until which it keeps the place without one. */
interface Place {
  readonly calls: Set<Call>;
  keptUntil: number;
}

/** A call that waits for the lock. */
export interface Call {
  readonly request: LockRequest;
  readonly answer: (lease: LockLease) => void;
  /** Ends the call without a lease. */
  readonly giveUp: () => void;
}

/** The holders that wait for a lock, first come, first served. It lives in memory: after a restart they ask again. */
export class LockQueue {
  /** By holder, in the order of arrival. */
  readonly #places = new Map<string, Place>();

  /** The calls of the first holder that has any. */
  first(): ReadonlySet<Call> | undefined {
    for (const { calls } of this.#places.values()) if (calls.size > 0) return calls;
    return undefined;
  }

  /** Adds a call to the place of its holder. A new holder gets the last place. */
  enter(call: Call, now: number): void {
    this.#removeExpired(now);
    const { holder } = call.request;
    const place = this.#places.get(holder) ?? { calls: new Set(), keptUntil: 0 };
    place.calls.add(call);
    this.#places.set(holder, place);
  }

  /** Removes a call that has ended. */
  leave(call: Call, now: number): void {
    const place = this.#places.get(call.request.holder);
    if (!place?.calls.delete(call)) return;
    if (call.request.comesBack) place.keptUntil = now + placeRetention;
    this.#removeExpired(now);
  }

  /** Removes the place of `holder`. Returns its calls, or `undefined` if it had no place. */
  remove(holder: string): ReadonlySet<Call> | undefined {
    const place = this.#places.get(holder);
    this.#places.delete(holder);
    return place?.calls;
  }

  #removeExpired(now: number): void {
    for (const [holder, { calls, keptUntil }] of this.#places) {
      if (calls.size === 0 && keptUntil <= now) this.#places.delete(holder);
    }
  }
}
