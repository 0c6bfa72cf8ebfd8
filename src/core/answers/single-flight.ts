import type { InFlightComputation } from "../cache/cached-records.ts";
import { assertNotWaitedFor, type Enclosing } from "../locks/enclosing.ts";
import { Heartbeat } from "../concurrency/heartbeat.ts";
import { outdate } from "../concurrency/in-flight.ts";
import { raceSignal } from "../concurrency/race-signal.ts";
import type { Answer, Computation } from "./computation.ts";
import type { ComputationRunner } from "./computation-runner.ts";
import { answering, freshnessOf } from "../freshness/freshness.ts";
import { parseResult } from "../freshness/standard-schema.ts";
import { ProgressRelay } from "./progress-relay.ts";
import type { RecordAccess } from "./record-access.ts";
import type { ResolvedStoreOptions } from "../options/store-options.ts";

/** Above this number, in-flight computations of ended requests are removed. */
const rememberedComputations = 1_000;

/** A computation, or the look for its result, in progress in this context. */
interface InFlight {
  readonly own: Enclosing;
  /** The id of the call that began it. */
  readonly call: number | undefined;
  /** The first answer. It may be a stale one, given while the computation goes on. `undefined`: another context computes. */
  readonly answer: Promise<Answer | undefined>;
  /** The answer of the computation. */
  readonly computed: Promise<Answer | undefined>;
  /** Resolves when the answer is kept and the lock released. */
  readonly done: Promise<void>;
  /** Whether it goes on without callers, since one of them has an answer already. */
  goesOn: boolean;
  /** Whether callers have the computed value while it is still being kept. */
  isAnswered: boolean;
  /** Whether it ignores existing results. */
  readonly refresh: boolean;
  /** The stale answer that it replaces in the background. */
  readonly replaces: Answer | undefined;
  /** Whether its function has been called. */
  hasBegun: boolean;
  readonly operation: InFlightComputation;
  /** Absent if nobody can abort it. */
  readonly controller: AbortController | undefined;
  /** Whether the request that began it is still running. Absent in runtimes without requests. */
  readonly heartbeat: Heartbeat | undefined;
  /** Absent while nobody reports or listens. */
  relay?: ProgressRelay;
  callers: number;
}

/** Runs one computation per key in this context. Later callers join the one in flight. */
export class SingleFlight {
  readonly #runner: ComputationRunner;
  readonly #access: RecordAccess;
  readonly #options: Pick<ResolvedStoreOptions, "waitUntil" | "now">;
  readonly #inFlight = new Map<string, InFlight>();

  constructor(
    runner: ComputationRunner,
    access: RecordAccess,
    options: Pick<ResolvedStoreOptions, "waitUntil" | "now">,
  ) {
    this.#runner = runner;
    this.#access = access;
    this.#options = options;
  }

  /**
   * Joins the computation in flight for the key, or begins one. A caller that names its holder computes alone, since
   * others may wait for its lock. A stale answer begins another one in the background.
   */
  async answer(computation: Computation): Promise<Answer> {
    const { key, options } = computation;
    const { signal, refresh = false, holder } = options;
    signal?.throwIfAborted();
    const current = holder === undefined ? this.#inFlight.get(key) : undefined;
    if (current) assertNotWaitedFor(computation.around, current.own);
    if (current && mayJoin(current, refresh)) {
      const { replaces } = current;
      return (replaces && (await this.#reuse(replaces, computation))) ?? this.#join(computation, current);
    }
    // what began before is not kept, even if it ends later
    if (current && refresh) outdate(current.operation);
    const begun = this.#begin(computation, undefined);
    return (await this.#wait(computation, begun, begun.answer))!;
  }

  /** Computes the value anew in the background, unless that is on its way here or elsewhere. */
  #refreshLater(computation: Computation, replaces: Answer, looked: InFlight): void {
    this.#forget(computation.key, looked);
    if (this.#inFlight.has(computation.key)) return;
    const { signal: _, holder: __, ...options } = computation.options;
    const own = { ...computation.own, waitsFor: new Set<Enclosing>() };
    const refresh = this.#begin({ ...computation, options, around: [], own }, replaces);
    if (looked.operation.isChanged) refresh.operation.isChanged = true;
    // an event has reported the error
    refresh.answer.catch(() => {});
    computation.steps?.onRefresh(refresh.done);
  }

  /** Waits for a write under `key` that is still in progress after its callers got their answer. */
  async settle(key: string): Promise<void> {
    const current = this.#inFlight.get(key);
    if (current?.isAnswered) await (current.heartbeat?.whileBeating(current.done) ?? current.done);
  }

  /** An old answer as it is for another call, if that call's own options allow it. `isFallback`: the computation fails or is slow. */
  async #reuse(
    answer: Answer,
    { freshness, options: { refresh, schema } }: Computation,
    isFallback = false,
  ): Promise<Answer | undefined> {
    const { record } = answer;
    if (refresh || !record) return undefined;
    try {
      const state = freshnessOf(record, freshness, this.#options.now());
      if (state === "fallback" ? !isFallback : !answering.has(state)) return undefined;
      const value = schema ? await parseResult(record, schema) : record.result;
      return { ...answer, value, isStale: state === "stale" || state === "fallback" };
    } catch {
      // as a look: a function or a schema of the caller that refuses the result makes it none
      return undefined;
    }
  }

  /** Joiners begin a new computation if the value is not for them, or if its request has ended, so that it never finishes. */
  async #join(computation: Computation, current: InFlight): Promise<Answer> {
    const { key, steps, events } = computation;
    events?.emit({ type: "join", key, to: current.call });
    steps?.onWait();
    const whileBeating = <T>(promise: Promise<T>) => current.heartbeat?.whileBeating(promise) ?? promise;
    const { replaces, operation } = current;
    const isSlow = computation.freshness.softTimeout !== undefined;
    const reuse = async (old: Answer, isFallback: boolean) =>
      operation.isChanged ? undefined : this.#reuse(old, computation, isFallback);
    const settled = async (): Promise<Answer | undefined> => {
      try {
        const early = await whileBeating(current.answer);
        const reused = early && isOld(early) ? await reuse(early, isSlow) : undefined;
        if (!early || reused) return reused;
        // only the write tells whether somebody elsewhere has changed the key since
        const computed = await whileBeating(current.computed);
        return computed && isOld(computed) ? await reuse(computed, true) : computed;
      } catch (error) {
        const fallback = replaces && (await reuse(replaces, true));
        if (fallback) return fallback;
        throw error;
      }
    };
    const joined = await this.#wait(computation, current, settled());
    if (joined && !joined.isFor) return { ...joined, isDue: false, source: "joined", from: undefined };
    this.#forget(key, current);
    return this.answer(computation);
  }

  #begin(computation: Computation, replaces: Answer | undefined): InFlight {
    const { key, options, own, keeping, events } = computation;
    const { waitUntil } = this.#options;
    // a caller without a signal waits to the end, so nothing aborts: hits avoid a cost that is high in workerd
    const controller = options.signal && new AbortController();
    const heartbeat = waitUntil && new Heartbeat();
    const operation: InFlightComputation = { key, isCurrent: true, tags: keeping.tags };
    const end = this.#access.beginComputation(operation);
    let resolve!: (answer: Answer | undefined) => void;
    let reject!: (error: unknown) => void;
    const answer = new Promise<Answer | undefined>((...both) => ([resolve, reject] = both));
    const computed = this.#runner.answer(computation, controller?.signal, {
      answersBeforeKeeping: waitUntil !== undefined,
      operation,
      replaces,
      answerEarly: (early) => {
        inFlight.goesOn = true;
        inFlight.isAnswered = !isOld(early);
        resolve(early);
      },
      onProgress: (progress) => {
        events?.emit({ type: "progress", key, ...progress });
        relayOf(inFlight).tell(progress);
      },
      onBegin: () => {
        inFlight.hasBegun = true;
        inFlight.relay?.tell(undefined);
      },
      onMiss: () => {
        waitUntil?.(done);
        heartbeat?.start();
      },
    });
    const settle = (answered: Answer | undefined) => {
      resolve(answered);
      // in the same moment, so that no change gets lost between the two
      if (answered?.isDue && !replaces) this.#refreshLater(computation, answered, inFlight);
    };
    const done = computed.then(settle, reject).finally(() => {
      end();
      heartbeat?.stop();
      this.#forget(key, inFlight);
    });
    const inFlight: InFlight = {
      own,
      call: events?.call,
      answer,
      computed,
      done,
      goesOn: false,
      isAnswered: false,
      refresh: options.refresh === true,
      replaces,
      hasBegun: false,
      operation,
      controller,
      heartbeat,
      callers: 0,
    };
    if (options.holder === undefined) this.#inFlight.set(key, inFlight);
    for (const [other, { heartbeat: oldest }] of this.#inFlight) {
      if (this.#inFlight.size <= rememberedComputations || !oldest?.isSilent) break;
      this.#inFlight.delete(other);
    }
    return inFlight;
  }

  /** Waits with the other callers. When the last of them stops waiting, the computation is aborted. */
  async #wait<T>(
    { key, options: { signal, onProgress }, around }: Computation,
    inFlight: InFlight,
    promise: Promise<T>,
  ): Promise<T> {
    const waits = around.findLast(({ waitsFor }) => waitsFor)?.waitsFor;
    waits?.add(inFlight.own);
    inFlight.callers++;
    const stopListening = onProgress && relayOf(inFlight).listen(onProgress);
    try {
      return await raceSignal(promise, signal);
    } finally {
      waits?.delete(inFlight.own);
      stopListening?.();
      if (--inFlight.callers === 0 && signal?.aborted && !inFlight.goesOn) {
        this.#forget(key, inFlight);
        inFlight.controller?.abort(signal.reason);
      }
    }
  }

  #forget(key: string, inFlight: InFlight): void {
    if (this.#inFlight.get(key) === inFlight) this.#inFlight.delete(key);
  }
}

/** Whether it was there before the computation. */
function isOld({ isStale, isDue }: Answer): boolean {
  return isStale === true || isDue === true;
}

function relayOf(inFlight: InFlight): ProgressRelay {
  return (inFlight.relay ??= new ProgressRelay());
}

/** Whether a call may wait for it: nothing has changed since it began, and a refresh may still see the latest data. */
function mayJoin(
  { heartbeat, operation, replaces, refresh: refreshes, hasBegun }: InFlight,
  refresh: boolean,
): boolean {
  // callers of a refresh may get the record that there is now at once
  const isSame = operation.isCurrent && !(replaces && operation.isChanged);
  return !heartbeat?.isSilent && isSame && (!refresh || (refreshes && !hasBegun));
}
