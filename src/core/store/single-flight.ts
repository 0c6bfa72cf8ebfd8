import { assertNotWaitedFor, type Enclosing } from "../locks/enclosing.ts";
import { Heartbeat } from "../support/heartbeat.ts";
import { raceSignal } from "../support/race-signal.ts";
import type { Answer, Computation, ComputationRunner } from "./computation.ts";

/** Above this number, in-flight computations of ended requests are removed. */
const rememberedComputations = 1_000;

/** A computation, or the look for its result, in progress in this context. */
interface InFlight {
  readonly own: Enclosing;
  readonly answer: Promise<Answer>;
  /** Resolves when the answer is kept and the lock released. */
  readonly done: Promise<void>;
  /** Whether callers have their answer while it is still being kept. */
  isAnswered: boolean;
  readonly refresh: boolean;
  /** Absent if nobody can abort it. */
  readonly controller: AbortController | undefined;
  /** Whether the request that began it is still running. Absent in runtimes without requests. */
  readonly heartbeat: Heartbeat | undefined;
  callers: number;
}

type WaitUntil = ((promise: Promise<unknown>) => void) | undefined;

/** Runs one computation per key in this context. Later callers join the one in flight. */
export class SingleFlight {
  readonly #runner: ComputationRunner;
  readonly #waitUntil: WaitUntil;
  readonly #inFlight = new Map<string, InFlight>();

  constructor(runner: ComputationRunner, waitUntil: WaitUntil) {
    this.#runner = runner;
    this.#waitUntil = waitUntil;
  }

  /**
   * Joins the computation in flight for the key, or begins one. A caller that names its holder computes alone, since
   * others may wait for its lock.
   */
  async answer(computation: Computation): Promise<Answer> {
    const { key, options } = computation;
    const { signal, refresh = false, holder } = options;
    signal?.throwIfAborted();
    const current = holder === undefined ? this.#inFlight.get(key) : undefined;
    if (current && !current.heartbeat?.isSilent && (current.refresh || !refresh)) {
      assertNotWaitedFor(computation.around, current.own);
      return this.#join(computation, current);
    }
    const begun = this.#begin(computation, refresh);
    return this.#wait(computation, begun, begun.answer);
  }

  /** Waits for a write under `key` that is still in progress after its callers got their answer. */
  async settle(key: string): Promise<void> {
    const current = this.#inFlight.get(key);
    if (current?.isAnswered) await (current.heartbeat?.whileBeating(current.done) ?? current.done);
  }

  /** Joiners begin a new computation if the value is not for them, or if its request has ended, so that it never finishes. */
  async #join(computation: Computation, current: InFlight): Promise<Answer> {
    const { key } = computation;
    const { answer, heartbeat } = current;
    const answerOrGone = heartbeat ? heartbeat.whileBeating(answer) : answer;
    const joined = await this.#wait(computation, current, answerOrGone);
    if (joined && !joined.isFor) return { value: joined.value, source: "joined" };
    this.#forget(key, current);
    return this.answer(computation);
  }

  #begin(computation: Computation, refresh: boolean): InFlight {
    const { key, options, own } = computation;
    const waitUntil = this.#waitUntil;
    // a caller without a signal waits to the end, so nothing aborts: hits avoid a cost that is high in workerd
    const controller = options.signal && new AbortController();
    const heartbeat = waitUntil && new Heartbeat();
    let done!: Promise<void>;
    const answer = new Promise<Answer>((resolve, reject) => {
      const answerEarly = (early: Answer) => {
        inFlight.isAnswered = true;
        resolve(early);
      };
      const onMiss = () => {
        waitUntil?.(done);
        heartbeat?.start();
      };
      done = this.#runner
        .answer(computation, controller?.signal, { answerEarly: waitUntil && answerEarly, onMiss })
        .then(resolve, reject)
        .finally(() => {
          heartbeat?.stop();
          this.#forget(key, inFlight);
        });
    });
    const inFlight: InFlight = { own, answer, done, isAnswered: false, refresh, controller, heartbeat, callers: 0 };
    if (options.holder === undefined) this.#inFlight.set(key, inFlight);
    for (const [other, { heartbeat: oldest }] of this.#inFlight) {
      if (this.#inFlight.size <= rememberedComputations || !oldest?.isSilent) break;
      this.#inFlight.delete(other);
    }
    return inFlight;
  }

  /** Waits with the other callers. When the last of them stops waiting, the computation is aborted. */
  async #wait<T>(
    { key, options: { signal }, around }: Computation,
    inFlight: InFlight,
    promise: Promise<T>,
  ): Promise<T> {
    const waits = around.findLast(({ waitsFor }) => waitsFor)?.waitsFor;
    waits?.add(inFlight.own);
    inFlight.callers++;
    try {
      return await raceSignal(promise, signal);
    } finally {
      waits?.delete(inFlight.own);
      if (--inFlight.callers === 0 && signal?.aborted) {
        this.#forget(key, inFlight);
        inFlight.controller?.abort(signal.reason);
      }
    }
  }

  #forget(key: string, inFlight: InFlight): void {
    if (this.#inFlight.get(key) === inFlight) this.#inFlight.delete(key);
  }
}
