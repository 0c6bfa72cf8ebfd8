import type { LockLease, LockRequest } from "../../src/core/remote-locks/lock-service.ts";

/** For how long a place is kept for one who said that it comes back, in milliseconds. */
const keptPlace = 5_000;

/** The place of one holder: every call of it that waits at this moment, and until when it may be away. */
interface Place {
  readonly calls: Set<Call>;
  keptUntil: number;
}

export interface Call {
  readonly request: LockRequest;
  readonly answer: (lease: LockLease) => void;
  /** Nothing was granted. */
  readonly giveUp: () => void;
}

/** Who waits for a lock, first come first served. In memory: who is forgotten asks again. */
export class LockQueue {
  /** By holder, in the order in which they came. */
  readonly #places = new Map<string, Place>();

  /** The calls of the first who is there; those who are away are passed over. */
  first(): ReadonlySet<Call> | undefined {
    for (const { calls } of this.#places.values()) if (calls.size > 0) return calls;
    return undefined;
  }

  /** Adds a call, to the place that its holder has where it has one. */
  enter(call: Call, now: number): void {
    this.#forget(now);
    const { holder } = call.request;
    const place = this.#places.get(holder) ?? { calls: new Set(), keptUntil: 0 };
    place.calls.add(call);
    this.#places.set(holder, place);
  }

  /** The call has ended. */
  leave(call: Call, now: number): void {
    const place = this.#places.get(call.request.holder);
    if (!place?.calls.delete(call)) return;
    if (call.request.comesBack) place.keptUntil = now + keptPlace;
    this.#forget(now);
  }

  /** Takes the place of `holder` away. Returns its calls, or `undefined` where it had no place. */
  remove(holder: string): ReadonlySet<Call> | undefined {
    const place = this.#places.get(holder);
    this.#places.delete(holder);
    return place?.calls;
  }

  #forget(now: number): void {
    for (const [holder, { calls, keptUntil }] of this.#places) {
      if (calls.size === 0 && keptUntil <= now) this.#places.delete(holder);
    }
  }
}
