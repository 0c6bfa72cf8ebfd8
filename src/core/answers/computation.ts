import {
  InvalidArgumentError,
  InvalidatedError,
  isRepriseError,
  LockTimeoutError,
  StaleLockError,
} from "../../errors/index.ts";
import type { InFlightComputation } from "../cache/cached-records.ts";
import { type ResultSource, tell, tellUnkept } from "../events/store-event.ts";
import { assertNotHeldAround, type Enclosing, runEnclosed } from "../locks/enclosing.ts";
import { generateComputationHolder } from "../locks/holder.ts";
import { checkedProgress, type ProgressListener, type ReportProgress } from "../support/progress.ts";
import type { FreeLock, LockGrant } from "../locks/result-lock-manager.ts";
import type { ResultRecord } from "../record/result-record.ts";
import type { StorageBeginOptions } from "../storages/result-storage.ts";
import { invalidated } from "../storages/invalidation-log.ts";
import { timesOf } from "../support/duration.ts";
import { raceSignal } from "../support/race-signal.ts";
import { later } from "../support/settle-within.ts";
import { timeLeft } from "../support/time-left.ts";
import type { ComputeContext, GetOrComputeOptions } from "../options/call-options.ts";
import { ComputeTime } from "./compute-time.ts";
import type { ResolvedFreshness } from "../freshness/freshness.ts";
import type { KeepingMetadata, ResolvedKeeping } from "../freshness/keeping.ts";
import { tellMiss } from "./miss.ts";
import type { Hit, Look, Miss, RecordAccess } from "./record-access.ts";
import type { CallSteps, Keep } from "./keep.ts";
import { type Hold, lockTimeout, type StoreLocks } from "./store-locks.ts";
import type { ResolvedStoreOptions } from "../options/store-options.ts";

/** A call of `getOrCompute`, resolved. */
export interface Computation {
  readonly key: string;
  /** Computes the value. Calls `keep` itself, or not at all. */
  readonly compute: (context: ComputeContext, keep: Keep) => Promise<unknown>;
  readonly options: GetOrComputeOptions;
  readonly steps?: CallSteps | undefined;
  readonly freshness: ResolvedFreshness;
  readonly keeping: ResolvedKeeping;
  /** What the caller is inside of. */
  readonly around: readonly Enclosing[];
  /** This computation, for calls inside of it. */
  readonly own: Enclosing;
  /** Creates the record of a computed value. */
  readonly toRecord: (value: unknown, metadata: KeepingMetadata) => ResultRecord;
}

export interface Answer {
  readonly value: unknown;
  readonly source: ResultSource;
  /** Absent if the value was not to be kept. */
  readonly record?: ResultRecord | undefined;
  /** Whether it has expired. */
  readonly isStale?: boolean | undefined;
  /** Whether it has to be computed anew in the background. */
  readonly isDue?: boolean | undefined;
  /** See `StoredRecord`. */
  readonly from?: string | undefined;
  /** Absent: every caller of the key. */
  readonly isFor?: "first caller";
}

/** A computation in flight, as the runner sees it. */
export interface Flight {
  /** Called with an answer for the callers while the computation goes on. */
  readonly answerEarly: (answer: Answer) => void;
  /** Whether a computed value answers before it is kept. */
  readonly answersBeforeKeeping: boolean;
  /** Called when the look was a miss. */
  readonly onMiss: () => void;
  /** Whether the value may still be kept. */
  readonly operation: InFlightComputation;
  /** The answer that callers have got and that it replaces in the background. Absent: it runs for its callers. */
  readonly replaces: Answer | undefined;
  /** Called before the function runs. */
  readonly onBegin: () => void;
  /** Called when it is known how far the computation is, here or elsewhere. */
  readonly onProgress: ProgressListener;
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

  /**
   * Looks for a record. On a miss it takes the lock, looks again, and computes. In the background: `undefined` if another context
   * has the lock, since that one computes.
   */
  async answer(computation: Computation, signal: AbortSignal | undefined, flight: Flight): Promise<Answer | undefined> {
    const { resultStorage: storage, emit } = this.#options;
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
    if (!this.#options.lockManager) return this.#compute(computation, signal, flight, { look: first });
    const taken = await this.#takeLock(computation, signal, flight);
    if (taken === "lock-error") return this.#compute(computation, signal, flight, { look: first });
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
      return this.#compute(computation, signal, flight, { look, hold });
    }, signal);
  }

  /** `lock` is the state of the lock for a caller that holds it or waited for it. Such a caller must not read an older record. */
  async #look(
    { key, options, freshness, steps }: Computation,
    signal: AbortSignal | undefined,
    lock?: FreeLock,
  ): Promise<Look> {
    if (options.refresh) return { miss: "refresh" };
    const { schema } = options;
    const fresh = lock !== undefined;
    return this.#access.look(key, { signal, schema, freshness, fresh, committed: lock?.committed, read: steps?.read });
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
    const { key, options, around } = computation;
    const { holder = generateComputationHolder(), holdTimeout, acquireTimeout } = options;
    const lock = { around, holder, holdTimeout, signal, mayBeHeld: options.holder !== undefined };
    try {
      const atOnce = await this.#locks.take(key, { ...lock, acquireTimeout: 0 });
      if (atOnce) return { hold: atOnce, waited: false };
      if (replaces) return undefined;
      if (acquireTimeout !== 0 && around.length > 0)
        await assertNotHeldAround(around, this.#locks.manager, key, holder);
      computation.steps?.onWait();
      this.#options.emit?.({ type: "lock-wait", key, holder });
      const left = timeLeft(timesOf({ acquireTimeout }, "acquireTimeout").acquireTimeout);
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
      this.#options.emit?.({ type: "lock-error", key, holder, error });
      return "lock-error";
    }
  }

  async #compute(
    { key, options, around, own, compute, toRecord, keeping, freshness }: Computation,
    signal: AbortSignal | undefined,
    { answerEarly, answersBeforeKeeping, operation, replaces, onBegin, onProgress }: Flight,
    { look, hold }: { look: Miss; hold?: Hold },
  ): Promise<Answer> {
    const { emit } = this.#options;
    const holder = hold?.grant.holder ?? options.holder ?? generateComputationHolder();
    const { found } = look;
    let place!: Promise<string | undefined>;
    const begin = (first: StorageBeginOptions = {}) => {
      place = this.#begin(key, { grant: hold?.grant, ...first });
      return place.catch(() => {});
    };
    await begin({ found, replaces: options.refresh === true && !hold });
    // changes before its function runs are no reason to refuse its value: the storage knows the place
    operation.isCurrent = true;
    const started = performance.now();
    emit?.({ type: "compute-start", key, holder });
    // its value is not kept any more, so nobody needs to wait for it
    operation.onChange = () => hold?.end();
    operation.holder = holder;
    operation.onOwnChange = () => void begin();
    onBegin();
    let isComputed = false;
    let answer: Omit<Answer, "value"> = { source: "computed" };
    const noteComputed = () => {
      if (!isComputed) emit?.({ type: "compute-end", key, holder, duration: performance.now() - started });
      isComputed = true;
    };
    const time = new ComputeTime(freshness.computeTimeout, signal, key);
    const write = async (record: ResultRecord, captured: ResultRecord, refusal: Error | undefined) => {
      // a record of a later version is only replaced by a writer of that version
      if (look.miss === "unsupported") return tellUnkept(emit, key, look.error);
      own.isOver = true;
      // the next holder must not begin before a write on its way has settled
      operation.onChange = undefined;
      try {
        const refused = refusal ?? (operation.isCurrent ? undefined : invalidated(key));
        await this.#keep(record, captured, time.signal, { hold, found, place, operation, refusal: refused });
      } catch (error) {
        // callers that joined may have come after the change, before the news of it. A change also takes the lock away
        if (error instanceof InvalidatedError || error instanceof StaleLockError)
          answer = { ...answer, isFor: "first caller" };
        throw error;
      } finally {
        // hooks may still undo what was not kept
        own.isOver = false;
      }
    };
    const keep: Keep = (value, output, inputs) => {
      const metadata = keeping.ofValue(value);
      const record = metadata && toRecord(value, metadata);
      const captured = record?.capture();
      return async (refusal) => {
        time.finish();
        noteComputed();
        answer = { ...answer, record, ...(refusal && { isFor: "first caller" }) };
        if (answersBeforeKeeping) answerEarly({ value: output, ...answer });
        if (record && inputs) record.metadata.inputs = await inputs();
        time.finish();
        if (record) await write(record, captured!, refusal);
        else if (refusal) tellUnkept(emit, key, refusal);
      };
    };
    const report: ReportProgress = (fraction, note) => {
      const checked = checkedProgress({ fraction, note }, key);
      if (own.isOver || time.signal?.aborted) return;
      onProgress(checked);
      if (hold) this.#locks.report(hold.grant, checked);
    };
    try {
      signal?.throwIfAborted();
      const context = { key, holder, signal: time.signal ?? new AbortController().signal, progress: report };
      own.holder = holder;
      const value = await time.limit(runEnclosed(around, own, () => compute(context, keep)));
      noteComputed();
      return { value, ...answer };
    } catch (error) {
      emit?.({ type: "compute-error", key, holder, error });
      const replacesNothing = !replaces && look.miss !== "refresh" && !look.fallback;
      if (keeping.ofError && replacesNothing && !isComputed && !signal?.aborted) {
        const record = toRecord(error, keeping.ofError(error)!);
        await write(record, record.capture(), undefined).catch(() => {});
      }
      throw error;
    } finally {
      time.stop();
      operation.onChange = undefined;
    }
  }

  /** Where the computation begins in the order of changes. Without that place its value can't be kept. */
  async #begin(key: string, options: StorageBeginOptions): Promise<string | undefined> {
    return this.#options.resultStorage.begin?.(key, options);
  }

  /** Rejects if the value can't be kept. The caller gets the value anyway. */
  async #keep(
    record: ResultRecord,
    captured: ResultRecord,
    signal: AbortSignal | undefined,
    {
      hold,
      found,
      place,
      operation,
      refusal,
    }: {
      hold: Hold | undefined;
      found: string | null | undefined;
      place: Promise<string | undefined>;
      operation: InFlightComputation;
      refusal: Error | undefined;
    },
  ): Promise<void> {
    const { storageKey: key } = record.metadata;
    const isWanted = !signal?.aborted;
    const grant = hold?.grant;
    // a write may go on after its computation was aborted
    const { isCurrent, holder = grant?.holder ?? "" } = operation;
    const kept: InFlightComputation = { key, isCurrent, holder, tags: record.metadata.tags ?? [] };
    const end = this.#access.beginComputation(kept);
    const write = async () =>
      this.#access.keep(captured, { grant, found, since: await place }, { record, operation: kept });
    const writing = (refusal ? Promise.reject(refusal) : write()).finally(end);
    try {
      await raceSignal(writing, isWanted ? signal : undefined);
      if (hold) this.#locks.noteCommit(hold.grant, record.metadata.etag);
    } catch (error) {
      if (isWanted && signal?.aborted) hold?.abandon(writing);
      // this context need not compute it again, unless it was changed; after a takeover another writer's record counts
      const isTrouble = isRepriseError(error) && storageTrouble.test(error.code);
      if (isTrouble && kept.isCurrent) this.#access.remember(record);
      tellUnkept(this.#options.emit, key, error);
      throw error;
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
