import {
  AccessDeniedError,
  LockTimeoutError,
  StorageError,
  StorageQuotaError,
  StorageUnreachableError,
} from "../../errors/index.ts";
import { toMilliseconds, type Duration } from "../support/duration.ts";
import type { ResultSource } from "../events/store-event.ts";
import { generateHolder } from "../locks/holder.ts";
import { Pulse } from "../support/heartbeat.ts";
import { raceSignal } from "../support/race-signal.ts";
import type { Hit, Look, Miss, RecordAccess } from "./record-access.ts";
import type { FreeLock, LockGrant } from "../locks/result-lock-manager.ts";
import type { ResultRecord } from "../record/result-record.ts";
import type { ComputeContext, GetOrComputeOptions, ResolvedStoreOptions } from "./result-store-options.ts";
import type { Keep } from "./store-internals.ts";
import { lockTimeout, type Hold, type StoreLocks } from "./store-locks.ts";

/** A call of `getOrCompute`, resolved. */
export interface Computation {
  readonly key: string;
  /** Keeps the value itself, or doesn't. */
  readonly compute: (context: ComputeContext, keep: Keep) => Promise<unknown>;
  readonly options: GetOrComputeOptions;
  /** Makes the record that keeps what was computed. */
  readonly toRecord: (value: unknown) => ResultRecord;
}

export interface Answer {
  readonly value: unknown;
  readonly source: ResultSource;
  /** See `StoredRecord`. */
  readonly from?: string | undefined;
}

/** What a write fails with through no fault of the record and for no other's sake. */
const storageTroubles = [StorageError, StorageQuotaError, StorageUnreachableError, AccessDeniedError];

/** Beyond as many, those whose requests are gone are forgotten. */
const rememberedFlights = 1_000;

/** A computation, or the look for its result, that is under way in this context. */
interface Flight {
  readonly answer: Promise<Answer>;
  /** Resolves once all is done, the answer kept and the lock released. */
  readonly landed: Promise<void>;
  /** Whether callers have their answer, though it is still being kept. */
  isAnswered: boolean;
  readonly refresh: boolean;
  /** Absent where nobody can call it off. */
  readonly controller: AbortController | undefined;
  /** Whether the request that began it is still there; absent in runtimes without requests. */
  readonly pulse: Pulse | undefined;
  callers: number;
}

interface FlightListeners {
  /** Given the computed value before it is kept. */
  readonly answerEarly: ((answer: Answer) => void) | undefined;
  /** Called once there is more to do than to look. */
  readonly onMiss: () => void;
}

/** One computation for a key: callers in this context share a flight, those elsewhere are held off by the lock. */
export class Computations {
  readonly #options: ResolvedStoreOptions;
  readonly #access: RecordAccess;
  readonly #locks: StoreLocks;
  readonly #flights = new Map<string, Flight>();

  constructor(options: ResolvedStoreOptions, access: RecordAccess, locks: StoreLocks) {
    this.#options = options;
    this.#access = access;
    this.#locks = locks;
  }

  /** Joins the flight for the key, or begins one. A caller that names its holder flies alone: the others may wait for its lock. */
  async answer(computation: Computation): Promise<Answer> {
    const { key, options } = computation;
    const { signal, refresh = false, holder } = options;
    signal?.throwIfAborted();
    const current = holder === undefined ? this.#flights.get(key) : undefined;
    if (current && !current.pulse?.isSilent && (current.refresh || !refresh)) return this.#join(computation, current);
    const flight = this.#takeOff(computation, refresh);
    return this.#board(key, flight, flight.answer, signal);
  }

  /** Waits for what is still being kept under `key`, although those who called for it have their answer. */
  async settle(key: string): Promise<void> {
    const flight = this.#flights.get(key);
    if (flight?.isAnswered) await (flight.pulse?.whileBeating(flight.landed) ?? flight.landed);
  }

  /** One whose request is gone never lands: who joined it begins anew. */
  async #join(computation: Computation, flight: Flight): Promise<Answer> {
    const { key, options } = computation;
    const { answer, pulse } = flight;
    const landing = pulse ? pulse.whileBeating(answer) : answer;
    const joined = await this.#board(key, flight, landing, options.signal);
    if (joined) return { value: joined.value, source: "joined" };
    this.#land(key, flight);
    return this.answer(computation);
  }

  #takeOff(computation: Computation, refresh: boolean): Flight {
    const { key, options } = computation;
    const { waitUntil } = this.#options;
    // a caller without a signal stays to the end, so that nothing is ever called off: hits are spared what is dear in workerd
    const controller = options.signal && new AbortController();
    const pulse = waitUntil && new Pulse();
    let landed!: Promise<void>;
    const answer = new Promise<Answer>((resolve, reject) => {
      const resolveEarly = (early: Answer) => {
        flight.isAnswered = true;
        resolve(early);
      };
      const onMiss = () => {
        waitUntil?.(landed);
        pulse?.start();
      };
      landed = this.#fly(computation, controller?.signal, { answerEarly: waitUntil && resolveEarly, onMiss })
        .then(resolve, reject)
        .finally(() => {
          pulse?.stop();
          this.#land(key, flight);
        });
    });
    const flight: Flight = { answer, landed, isAnswered: false, refresh, controller, pulse, callers: 0 };
    if (options.holder === undefined) this.#flights.set(key, flight);
    for (const [other, { pulse: oldest }] of this.#flights) {
      if (this.#flights.size <= rememberedFlights || !oldest?.isSilent) break;
      this.#flights.delete(other);
    }
    return flight;
  }

  /** Waits with the others; once nobody does any more, the flight is called off. */
  async #board<T>(key: string, flight: Flight, landing: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    flight.callers++;
    try {
      return await raceSignal(landing, signal);
    } finally {
      if (--flight.callers === 0 && signal?.aborted) {
        this.#land(key, flight);
        flight.controller?.abort(signal.reason);
      }
    }
  }

  #land(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }

  async #fly(
    computation: Computation,
    signal: AbortSignal | undefined,
    { answerEarly, onMiss }: FlightListeners,
  ): Promise<Answer> {
    const { storage } = this.#options;
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
        // seen under the lock, it is as good as written under it
        this.#locks.noteCommit(hold.grant, again.record.metadata.etag);
        return answerFrom(again, waited);
      }
      return this.#compute(computation, signal, { look: again, hold, answerEarly });
    }, signal);
  }

  /** `lock`: what is known of it by one who holds it or waited for it, and may not be told what was true before. */
  async #look({ key, options }: Computation, signal: AbortSignal | undefined, lock?: FreeLock): Promise<Look> {
    if (options.refresh) return { miss: "refresh" };
    const { schema } = options;
    return this.#access.look(key, { signal, schema, fresh: lock !== undefined, committed: lock?.committed });
  }

  /**
   * One try, then waits for the release that wakes all and reads; only who still misses queues. `undefined` where
   * the lock manager fails: the value matters more than computing it once.
   */
  async #takeLock(
    computation: Computation,
    signal: AbortSignal | undefined,
  ): Promise<{ hold: Hold; waited: boolean } | Answer | undefined> {
    const { key, options } = computation;
    const { holder = generateHolder(), holdTimeout, acquireTimeout } = options;
    const lock = { holder, holdTimeout, signal, mayBeHeld: options.holder !== undefined };
    try {
      const atOnce = await this.#locks.take(key, { ...lock, acquireTimeout: 0 });
      if (atOnce) return { hold: atOnce, waited: false };
      this.#options.emit?.({ type: "lock-wait", key, holder });
      const deadline = new Deadline(acquireTimeout);
      const free = await this.#locks.manager.waitForLock(key, { timeout: deadline.left(), signal });
      if (free) {
        const look = await this.#look(computation, signal, free);
        if ("record" in look) return answerFrom(look, true);
        const hold = await this.#locks.take(key, { ...lock, acquireTimeout: deadline.left() });
        if (hold) return { hold, waited: true };
      }
      throw lockTimeout(key, acquireTimeout);
    } catch (error) {
      if (signal?.aborted || error instanceof LockTimeoutError) throw error;
      this.#options.emit?.({ type: "lock-error", key, holder, error });
      return undefined;
    }
  }

  async #compute(
    { key, options, compute, toRecord }: Computation,
    signal: AbortSignal | undefined,
    { look, hold, answerEarly }: { look: Miss; hold?: Hold; answerEarly: FlightListeners["answerEarly"] },
  ): Promise<Answer> {
    const { emit } = this.#options;
    const holder = hold?.grant.holder ?? options.holder ?? generateHolder();
    const started = performance.now();
    emit?.({ type: "compute-start", key, holder });
    let isComputed = false;
    const noteComputed = () => {
      if (!isComputed) emit?.({ type: "compute-end", key, holder, duration: performance.now() - started });
      isComputed = true;
    };
    const keep: Keep = async (value) => {
      noteComputed();
      answerEarly?.({ value, source: "computed" });
      // a record of a later version is another's to replace
      if (look.miss === "unsupported") return;
      await this.#keep(() => toRecord(value), signal, { hold, found: look.found });
    };
    try {
      const value = await compute({ key, holder, signal: signal ?? new AbortController().signal }, keep);
      noteComputed();
      return { value, source: "computed" };
    } catch (error) {
      emit?.({ type: "compute-error", key, holder, error });
      throw error;
    }
  }

  /** Rejects where the value can't be kept: it is the caller's all the same. */
  async #keep(
    toRecord: () => ResultRecord,
    signal: AbortSignal | undefined,
    { hold, found }: { hold: Hold | undefined; found: string | null | undefined },
  ): Promise<void> {
    const record = toRecord();
    const { storageKey: key } = record.metadata;
    try {
      // a signal that has aborted before the write began would leave open whether it was done, and the lock to run out
      await this.#access.keep(record, { grant: hold?.grant, found, signal: signal?.aborted ? undefined : signal });
      if (hold) this.#locks.noteCommit(hold.grant, record.metadata.etag);
    } catch (error) {
      if (signal?.aborted) hold?.abandon();
      // at least this context need not compute it again; after a takeover another's record is the one that counts
      if (storageTroubles.some((Trouble) => error instanceof Trouble)) this.#access.remember(record);
      this.#options.emit?.({ type: "write-error", key, error });
      throw error;
    }
  }
}

function answerFrom({ record, source, from }: Hit, waited = false): Answer {
  return { value: record.result, source: waited ? "waited" : source, from };
}

/** Whether nobody can have committed under the lock between `began` and the grant. */
function wasUnheldSince(began: number, { unheldFor = 0, takenOver }: LockGrant): boolean {
  return !takenOver && unheldFor > performance.now() - began;
}

/** Milliseconds left of a timeout that several steps share. */
class Deadline {
  readonly #end: number | undefined;

  constructor(timeout: Duration | undefined) {
    this.#end = timeout === undefined ? undefined : performance.now() + toMilliseconds(timeout, "acquireTimeout");
  }

  left(): number | undefined {
    return this.#end === undefined ? undefined : Math.max(0, this.#end - performance.now());
  }
}
