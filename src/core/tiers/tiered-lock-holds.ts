import type { LockGrant } from "../locks/result-lock-manager.ts";
import { asyncDispose } from "../concurrency/async-dispose.ts";

/** A near lock and the far lock around it, which is absent if it could not be reached. */
export interface TieredHold {
  readonly near: LockGrant;
  readonly far: LockGrant | undefined;
  /** Aborts once either lock is lost. */
  readonly lost: AbortController;
}

/** The locks held in two tiers, with one signal for both. */
export class TieredHolds {
  readonly #release: (hold: TieredHold) => Promise<void>;
  readonly #holds = new Map<string, TieredHold>();

  /** `await using` calls `release` for locks that are still held. */
  constructor(release: (hold: TieredHold) => Promise<void>) {
    this.#release = release;
  }

  get(key: string, holder: string): TieredHold | undefined {
    return this.#holds.get(`${holder}\0${key}`);
  }

  /** The grant of both. It keeps the previous signal if neither lock has changed hands since. */
  keep(near: LockGrant, far: LockGrant | undefined): LockGrant {
    const before = this.get(near.key, near.holder);
    const isSame = before?.near.token === near.token && before.far?.token === far?.token;
    const lost = isSame ? before.lost : lostWith(near, far);
    this.#holds.set(`${near.holder}\0${near.key}`, { near, far, lost });
    const release = async () => {
      const hold = this.get(near.key, near.holder);
      if (hold?.lost === lost) await this.#release(hold);
    };
    return { ...(far ?? near), within: near, signal: lost.signal, [asyncDispose]: release };
  }

  remove({ near: { key, holder } }: TieredHold): void {
    this.#holds.delete(`${holder}\0${key}`);
  }

  clear(): void {
    this.#holds.clear();
  }
}

function lostWith(...grants: readonly (LockGrant | undefined)[]): AbortController {
  const lost = new AbortController();
  for (const grant of grants) {
    const lose = () => lost.abort(grant?.signal.reason);
    if (grant?.signal.aborted) lose();
    else grant?.signal.addEventListener("abort", lose, { once: true });
  }
  return lost;
}
