import { InvalidArgumentError, LockTimeoutError } from "../../errors/index.ts";
import { tell } from "../events/store-event.ts";
import { assertNotHeldAround } from "../locks/enclosing.ts";
import { generateComputationHolder } from "../locks/holder.ts";
import type { FreeLock, LockGrant } from "../locks/result-lock-manager.ts";
import type { ResolvedStoreOptions } from "../options/store-options.ts";
import { timesOf } from "../support/duration.ts";
import { later } from "../concurrency/settle-within.ts";
import { timeLeft } from "../concurrency/time-left.ts";
import type { Answer, Computation, Flight } from "./computation.ts";
import { tellMiss } from "./miss.ts";
import type { Hit, Look, Miss, RecordAccess } from "./record-access.ts";
import { type Hold, lockTimeout, type StoreLocks } from "./store-locks.ts";
import { ValueComputer } from "./value-computer.ts";

/** Runs one computation. Its lock makes other contexts wait. */
export class ComputationRunner {
  readonly #options: ResolvedStoreOptions;
  readonly #access: RecordAccess;
  readonly #locks: StoreLocks;
  readonly #computer: ValueComputer;

  constructor(options: ResolvedStoreOptions, access: RecordAccess, locks: StoreLocks) {
    this.#options = options;
    this.#access = access;
    this.#locks = locks;
    this.#computer = new ValueComputer(options, access, locks);
  }

  /**
   * Looks for a record. On a miss it takes the lock, looks again, and computes. In the background: `undefined` if another context
   * has the lock, since that one computes.
   */
  async answer(computation: Computation, signal: AbortSignal | undefined, flight: Flight): Promise<Answer | undefined> {
    const { resultStorage: storage } = this.#options;
    const emit = computation.events?.emit;
    if (storage.assertUsable) await storage.assertUsable();
    const began = performance.now();
    const { replaces } = flight;
    const first: Look = await (replaces ? { miss: "stale" as const } : this.#look(computation, signal));
    if ("record" in first) return answerFrom(first);
    flight.onMiss();
    if (emit) await tellMiss(emit, storage, computation.key, first);
    // the caller gets its stale result first
    if (replaces) await new Promise<void>((resolve) => later(0, resolve));
    const { fallback } = first;
    const old = replaces ?? (fallback && answerFrom(fallback));
    const { softTimeout } = computation.freshness;
    let isAnswered = false;
    const answerStale = () => {
      isAnswered = true;
      flight.answerEarly(old!);
    };
    const stop = old && softTimeout !== undefined ? later(softTimeout, answerStale) : undefined;
    try {
      return await this.#computeOnce(computation, signal, flight, { first, began });
    } catch (error) {
      if (replaces || isAnswered) tell(emit, { type: "refresh-error", key: computation.key, error });
      if (!fallback || signal?.aborted || error instanceof InvalidArgumentError) throw error;
      return old;
    } finally {
      stop?.();
    }
  }

  async #computeOnce(
    computation: Computation,
    signal: AbortSignal | undefined,
    flight: Flight,
    { first, began }: { first: Miss; began: number },
  ): Promise<Answer | undefined> {
    if (!this.#options.lockManager) return this.#computer.compute(computation, signal, flight, { look: first });
    const taken = await this.#takeLock(computation, signal, flight);
    if (taken === "lock-error") return this.#computer.compute(computation, signal, flight, { look: first });
    if (!taken) return undefined;
    if ("record" in taken) return answerFrom(taken, true);
    const { hold, waited } = taken;
    return hold.run(async () => {
      const isUnchanged = first.found !== undefined && wasUnheldSince(began, hold.grant);
      const again = isUnchanged ? first : await this.#look(computation, signal, hold.grant);
      if ("record" in again && (!flight.replaces || again.freshness === "fresh")) {
        // a record seen under the lock counts like one written under it
        this.#locks.noteCommit(hold.grant, again.record.metadata.etag);
        return answerFrom(again, waited);
      }
      const look: Miss = "record" in again ? { miss: "expired", found: again.record.metadata.etag } : again;
      return this.#computer.compute(computation, signal, flight, { look, hold });
    }, signal);
  }

  /** `lock` is the state of the lock for a caller that holds it or waited for it. Such a caller must not read an older record. */
  async #look(
    { key, options, freshness, steps, events }: Computation,
    signal: AbortSignal | undefined,
    lock?: FreeLock,
  ): Promise<Look> {
    if (options.refresh) return { miss: "refresh" };
    return this.#access.look(key, {
      signal,
      schema: options.schema,
      freshness,
      fresh: lock !== undefined,
      committed: lock?.committed,
      read: steps?.read,
      emit: events?.emit,
    });
  }

  /**
   * Tries once, then waits for the release, which wakes all waiters, and reads. Only a caller that still misses queues. If
   * the lock manager fails, the value matters more than computing it only once.
   */
  async #takeLock(
    computation: Computation,
    signal: AbortSignal | undefined,
    { replaces, onProgress }: Flight,
  ): Promise<{ hold: Hold; waited: boolean } | Hit | "lock-error" | undefined> {
    const { key, options, around, events } = computation;
    const { holder = generateComputationHolder(), holdTimeout, acquireTimeout } = options;
    const emit = events?.emit;
    const lock = { around, holder, holdTimeout, signal, mayBeHeld: options.holder !== undefined, emit };
    try {
      const atOnce = await this.#locks.take(key, { ...lock, acquireTimeout: 0 });
      if (atOnce) return { hold: atOnce, waited: false };
      if (replaces) return undefined;
      if (acquireTimeout !== 0 && around.length > 0)
        await assertNotHeldAround(around, this.#locks.manager, key, holder);
      computation.steps?.onWait();
      emit?.({ type: "lock-wait", key, holder });
      const left = timeLeft(timesOf(options, "acquireTimeout").acquireTimeout);
      const free = await this.#locks.manager.waitForLock(key, { timeout: left(), signal, onProgress });
      if (free) {
        const look = await this.#look(computation, signal, free);
        if ("record" in look) return look;
        const hold = await this.#locks.take(key, { ...lock, acquireTimeout: left(), onProgress });
        if (hold) return { hold, waited: true };
      }
      throw lockTimeout(key, acquireTimeout);
    } catch (error) {
      if (signal?.aborted || error instanceof LockTimeoutError || error instanceof InvalidArgumentError) throw error;
      emit?.({ type: "lock-error", key, holder, error });
      return "lock-error";
    }
  }
}

/** Throws the result if it is an error that was kept. */
function answerFrom({ record, value, source, from, freshness }: Hit, waited = false): Answer {
  if (record.metadata.isError) throw value;
  const isStale = freshness === "stale" || freshness === "fallback";
  const isDue = freshness === "stale" || freshness === "due";
  return { value, record, source: waited ? "waited" : source, from, isStale, isDue };
}

/** Whether it is certain that nobody committed under the lock between `began` and the grant. */
function wasUnheldSince(began: number, { unheldFor = 0, takenOver }: LockGrant): boolean {
  return !takenOver && unheldFor > performance.now() - began;
}
