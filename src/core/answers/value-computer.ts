import { InvalidatedError, isRepriseError, StaleLockError } from "../../errors/index.ts";
import type { InFlightComputation } from "../cache/cached-records.ts";
import type { CallListener } from "../events/call-events.ts";
import { tellUnkept } from "../events/store-event.ts";
import { runEnclosed } from "../locks/enclosing.ts";
import { generateComputationHolder } from "../locks/holder.ts";
import type { ResolvedStoreOptions } from "../options/store-options.ts";
import type { ResultRecord } from "../record/result-record.ts";
import { invalidated } from "../storages/invalidation-log.ts";
import type { StorageBeginOptions } from "../storages/result-storage.ts";
import { checkedProgress, type ReportProgress } from "../concurrency/progress.ts";
import { raceSignal } from "../concurrency/race-signal.ts";
import { ComputeTime } from "./compute-time.ts";
import type { Answer, Computation, Flight } from "./computation.ts";
import type { Keep } from "./keep.ts";
import type { Miss, RecordAccess } from "./record-access.ts";
import type { Hold, StoreLocks } from "./store-locks.ts";

/** Codes of errors that fail a write although the record is valid and no other writer came first. */
const storageTrouble = /^(STORAGE|ACCESS)/;

/** Runs the function of a computation, and keeps its value. */
export class ValueComputer {
  readonly #options: ResolvedStoreOptions;
  readonly #access: RecordAccess;
  readonly #locks: StoreLocks;

  constructor(options: ResolvedStoreOptions, access: RecordAccess, locks: StoreLocks) {
    this.#options = options;
    this.#access = access;
    this.#locks = locks;
  }

  async compute(
    { key, options, around, own, compute, toRecord, keeping, freshness, events }: Computation,
    signal: AbortSignal | undefined,
    { answerEarly, answersBeforeKeeping, operation, replaces, onBegin, onProgress }: Flight,
    { look, hold }: { look: Miss; hold?: Hold },
  ): Promise<Answer> {
    const emit = events?.emit;
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
        await this.#keep(record, captured, time.signal, { emit, hold, found, place, operation, refusal: refused });
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
        if (record && inputs && !refusal && !record.serializer.omitsInputs) record.metadata.inputs = await inputs();
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
      emit,
      hold,
      found,
      place,
      operation,
      refusal,
    }: {
      emit: CallListener | undefined;
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
      this.#access.keep(captured, { grant, found, since: await place }, { record, operation: kept, emit });
    const writing = (refusal ? Promise.reject(refusal) : write()).finally(end);
    try {
      await raceSignal(writing, isWanted ? signal : undefined);
      if (hold) this.#locks.noteCommit(hold.grant, record.metadata.etag);
    } catch (error) {
      if (isWanted && signal?.aborted) hold?.abandon(writing);
      // this context need not compute it again, unless it was changed; after a takeover another writer's record counts
      const isTrouble = isRepriseError(error) && storageTrouble.test(error.code);
      if (isTrouble && kept.isCurrent && operation.isCurrent) this.#access.remember(record);
      tellUnkept(emit, key, error);
      throw error;
    }
  }
}
