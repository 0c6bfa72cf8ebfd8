import { InvalidArgumentError, isRepriseError, LockTimeoutError } from "../../errors/index.ts";
import { type ResultSource, tellUnkept } from "../events/store-event.ts";
import { assertNotHeldAround, type Enclosing, runEnclosed } from "../locks/enclosing.ts";
import { generateHolder } from "../locks/holder.ts";
import type { FreeLock, LockGrant } from "../locks/result-lock-manager.ts";
import type { ResultRecord } from "../record/result-record.ts";
import { timesOf } from "../support/duration.ts";
import { raceSignal } from "../support/race-signal.ts";
import { timeLeft } from "../support/time-left.ts";
import type { ComputeContext, GetOrComputeOptions } from "./call-options.ts";
import type { Hit, Look, Miss, RecordAccess } from "./record-access.ts";
import type { Keep } from "./store-internals.ts";
import { type Hold, lockTimeout, type StoreLocks } from "./store-locks.ts";
import type { ResolvedStoreOptions } from "./store-options.ts";

/** A call of `getOrCompute`, resolved. */
export interface Computation {
  readonly key: string;
  /** Computes the value. Calls `keep` itself, or not at all. */
  readonly compute: (context: ComputeContext, keep: Keep) => Promise<unknown>;
  readonly options: GetOrComputeOptions;
  /** What the caller is inside of. */
  readonly around: readonly Enclosing[];
  /** This computation, for calls inside of it. */
  readonly own: Enclosing;
  /** Creates the record of a computed value. */
  readonly toRecord: (value: unknown) => ResultRecord;
}

export interface Answer {
  readonly value: unknown;
  readonly source: ResultSource;
  /** See `StoredRecord`. */
  readonly from?: string | undefined;
  /** Absent: every caller of the key. */
  readonly isFor?: "first caller";
}

export interface ComputationListeners {
  /** Called with the computed value before it is kept. */
  readonly answerEarly: ((answer: Answer) => void) | undefined;
  /** Called when the look was a miss. */
  readonly onMiss: () => void;
}

/** Codes of errors that fail a write although the record is valid and no other writer came first. */
const storageTrouble = /^(STORAGE|ACCESS)/;

/** Runs one computation. Its lock makes other contexts wait. */
export class ComputationRunner {
  readonly #options: ResolvedStoreOptions;
  readonly #access: RecordAccess;
  readonly #locks: StoreLocks;

  constructor(options: ResolvedStoreOptions, access: RecordAccess, locks: StoreLocks) {
    this.#options = options;
    this.#access = access;
    this.#locks = locks;
  }

  /** Looks for a record. On a miss it takes the lock, looks again, and computes. */
  async answer(
    computation: Computation,
    signal: AbortSignal | undefined,
    { answerEarly, onMiss }: ComputationListeners,
  ): Promise<Answer> {
    const { resultStorage: storage } = this.#options;
    if (storage.assertUsable) await storage.assertUsable();
    const began = performance.now();
    const first = await this.#look(computation, signal);
    if ("record" in first) return answerFrom(first);
    onMiss();
    const { miss: reason, error } = first;
    this.#options.emit?.({ type: "miss", key: computation.key, reason, ...(error !== undefined && { error }) });
    if (!this.#options.lockManager) return this.#compute(computation, signal, { look: first, answerEarly });

    const taken = await this.#takeLock(computation, signal);
    if (!taken) return this.#compute(computation, signal, { look: first, answerEarly });
    if ("value" in taken) return taken;
    const { hold, waited } = taken;
    return hold.run(async () => {
      const isUnchanged = first.found !== undefined && wasUnheldSince(began, hold.grant);
      const again = isUnchanged ? first : await this.#look(computation, signal, hold.grant);
      if ("record" in again) {
        // a record seen under the lock counts like one written under it
        this.#locks.noteCommit(hold.grant, again.record.metadata.etag);
        return answerFrom(again, waited);
      }
      return this.#compute(computation, signal, { look: again, hold, answerEarly });
    }, signal);
  }

  /** `lock` is the state of the lock for a caller that holds it or waited for it. Such a caller must not read an older record. */
  async #look({ key, options }: Computation, signal: AbortSignal | undefined, lock?: FreeLock): Promise<Look> {
    if (options.refresh) return { miss: "refresh" };
    const { schema } = options;
    return this.#access.look(key, { signal, schema, fresh: lock !== undefined, committed: lock?.committed });
  }

  /**
   * Tries once, then waits for the release, which wakes all waiters, and reads. Only a caller that still misses queues.
   * `undefined` if the lock manager fails: the value matters more than computing it only once.
   */
  async #takeLock(
    computation: Computation,
    signal: AbortSignal | undefined,
  ): Promise<{ hold: Hold; waited: boolean } | Answer | undefined> {
    const { key, options, around } = computation;
    const { holder = generateHolder(), holdTimeout, acquireTimeout } = options;
    const lock = { around, holder, holdTimeout, signal, mayBeHeld: options.holder !== undefined };
    try {
      const atOnce = await this.#locks.take(key, { ...lock, acquireTimeout: 0 });
      if (atOnce) return { hold: atOnce, waited: false };
      if (acquireTimeout !== 0 && around.length > 0)
        await assertNotHeldAround(around, this.#locks.manager, key, holder);
      this.#options.emit?.({ type: "lock-wait", key, holder });
      const left = timeLeft(timesOf({ acquireTimeout }, "acquireTimeout").acquireTimeout);
      const free = await this.#locks.manager.waitForLock(key, { timeout: left(), signal });
      if (free) {
        const look = await this.#look(computation, signal, free);
        if ("record" in look) return answerFrom(look, true);
        const hold = await this.#locks.take(key, { ...lock, acquireTimeout: left() });
        if (hold) return { hold, waited: true };
      }
      throw lockTimeout(key, acquireTimeout);
    } catch (error) {
      if (signal?.aborted || error instanceof LockTimeoutError || error instanceof InvalidArgumentError) throw error;
      this.#options.emit?.({ type: "lock-error", key, holder, error });
      return undefined;
    }
  }

  async #compute(
    { key, options, around, own, compute, toRecord }: Computation,
    signal: AbortSignal | undefined,
    { look, hold, answerEarly }: { look: Miss; hold?: Hold; answerEarly: ComputationListeners["answerEarly"] },
  ): Promise<Answer> {
    const { emit } = this.#options;
    const holder = hold?.grant.holder ?? options.holder ?? generateHolder();
    const started = performance.now();
    emit?.({ type: "compute-start", key, holder });
    let isComputed = false;
    let answer: Omit<Answer, "value"> = { source: "computed" };
    const noteComputed = () => {
      if (!isComputed) emit?.({ type: "compute-end", key, holder, duration: performance.now() - started });
      isComputed = true;
    };
    const keep: Keep = (value) => {
      const record = toRecord(value);
      const captured = record.capture();
      return async (refusal) => {
        noteComputed();
        if (refusal) answer = { ...answer, isFor: "first caller" };
        answerEarly?.({ value, ...answer });
        // a record of a later version is only replaced by a writer of that version
        if (look.miss === "unsupported") return;
        own.isOver = true;
        try {
          await this.#keep(record, captured, signal, { hold, found: look.found, refusal });
        } finally {
          // hooks may still undo what was not kept
          own.isOver = false;
        }
      };
    };
    try {
      signal?.throwIfAborted();
      const context = { key, holder, signal: signal ?? new AbortController().signal };
      own.holder = holder;
      const value = await runEnclosed(around, own, () => compute(context, keep));
      noteComputed();
      return { value, ...answer };
    } catch (error) {
      emit?.({ type: "compute-error", key, holder, error });
      throw error;
    }
  }

  /** Rejects if the value can't be kept. The caller gets the value anyway. */
  async #keep(
    record: ResultRecord,
    captured: ResultRecord,
    signal: AbortSignal | undefined,
    { hold, found, refusal }: { hold: Hold | undefined; found: string | null | undefined; refusal: Error | undefined },
  ): Promise<void> {
    const { storageKey: key } = record.metadata;
    const isWanted = !signal?.aborted;
    const grant = hold?.grant;
    const writing = refusal ? Promise.reject(refusal) : this.#access.keep(captured, { grant, found }, record);
    try {
      await raceSignal(writing, isWanted ? signal : undefined);
      if (hold) this.#locks.noteCommit(hold.grant, record.metadata.etag);
    } catch (error) {
      if (isWanted && signal?.aborted) hold?.abandon(writing);
      // this context need not compute it again; after a takeover another writer's record counts
      if (isRepriseError(error) && storageTrouble.test(error.code)) this.#access.remember(record);
      tellUnkept(this.#options.emit, key, error);
      throw error;
    }
  }
}

function answerFrom({ record, source, from }: Hit, waited = false): Answer {
  return { value: record.result, source: waited ? "waited" : source, from };
}

/** Whether it is certain that nobody committed under the lock between `began` and the grant. */
function wasUnheldSince(began: number, { unheldFor = 0, takenOver }: LockGrant): boolean {
  return !takenOver && unheldFor > performance.now() - began;
}
