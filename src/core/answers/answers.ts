import { InvalidArgumentError } from "../../errors/index.ts";
import { type CallListener, eventsOfCall, tellCall } from "../events/call-events.ts";
import { currentEnclosing } from "../locks/enclosing.ts";
import type { ResultRecord } from "../record/result-record.ts";
import { assertStorageKey } from "../record/storage-key.ts";
import { assertOptions } from "../support/assert-options.ts";
import { timesOf } from "../support/duration.ts";
import { isPromise } from "../support/is-promise.ts";
import { getOrComputeOptionNames } from "../options/call-option-names.ts";
import type * as Call from "../options/call-options.ts";
import type { Answer, Computation } from "./computation.ts";
import { ComputationRunner } from "./computation-runner.ts";
import { createRecord } from "./create-record.ts";
import { freshnessOf, resolveFreshness } from "../freshness/freshness.ts";
import { resolveKeeping } from "../freshness/keeping.ts";
import type { Look, LookOptions, RecordAccess } from "./record-access.ts";
import { SingleFlight } from "./single-flight.ts";
import { assertSchema, parseValue } from "../freshness/standard-schema.ts";
import type { CallSteps } from "./keep.ts";
import type { StoreLocks } from "./store-locks.ts";
import type { ResolvedStoreOptions } from "../options/store-options.ts";

/** Answers the cached calls of a store: from memory, or else by a look and a computation that callers share. */
export class Answers {
  readonly #options: ResolvedStoreOptions;
  readonly #access: RecordAccess;
  readonly #locks: StoreLocks;
  readonly #singleFlight: SingleFlight;

  constructor(options: ResolvedStoreOptions, access: RecordAccess, locks: StoreLocks) {
    this.#options = options;
    this.#access = access;
    this.#locks = locks;
    this.#singleFlight = new SingleFlight(new ComputationRunner(options, access, locks), access, options);
  }

  /** The record in memory that answers the call. It needs no checks of options, so that a hit in memory does no extra work. */
  recall(key: string, options: Call.GetOrComputeOptions | undefined): ResultRecord | undefined {
    const { emit } = this.#options;
    const started = emit ? performance.now() : 0;
    assertStorageKey(key);
    options?.signal?.throwIfAborted();
    if (options?.refresh || options?.schema) return undefined;
    const record = this.#access.recall(key);
    if (!record || (options?.refreshAhead !== undefined && this.#isDue(record, options))) return undefined;
    if (emit) {
      const { emit: tell } = eventsOfCall(emit);
      const duration = performance.now() - started;
      if (record.metadata.isError) tell({ type: "call-error", key, error: record.result, duration });
      else tell({ type: "done", key, source: "memory", duration });
    }
    return record;
  }

  #isDue(record: ResultRecord, { refreshAhead }: Call.GetOrComputeOptions): boolean {
    return freshnessOf(record, { refreshAhead }, this.#options.now()) === "due";
  }

  /** The answer to a call for which memory has none. */
  async answer(
    key: string,
    compute: Computation["compute"],
    options: Call.GetOrComputeOptions,
    steps?: CallSteps,
  ): Promise<Answer> {
    const { emit, now, lockManager: manager } = this.#options;
    timesOf(options, "holdTimeout", "acquireTimeout");
    assertOptions("getOrCompute", options, getOrComputeOptionNames);
    const { onProgress } = options;
    if (onProgress !== undefined && typeof onProgress !== "function")
      throw new InvalidArgumentError(`onProgress has to be a function; got ${typeof onProgress}`, { key });
    assertSchema(options.schema);
    const freshness = resolveFreshness(options);
    const keeping = resolveKeeping(options, freshness, now);
    return tellCall(emit, key, (events) =>
      this.#singleFlight.answer({
        key,
        compute,
        options: { ...options },
        steps,
        events,
        freshness,
        keeping,
        around: currentEnclosing(),
        own: { manager, key, call: events?.call, waitsFor: new Set() },
        toRecord: (value, metadata) => createRecord(this.#options, key, value, metadata),
      }),
    );
  }

  /** Looks without waiting, since a hit needs no lock. On a miss it waits until the lock is free and looks again. */
  async look(key: string, { holder, timeout, signal, schema }: Call.ReadOptions, emit?: CallListener): Promise<Look> {
    assertStorageKey(key);
    const around = currentEnclosing();
    const look = async (how: LookOptions): Promise<Look> => {
      const found = await this.#access.look(key, { signal, schema, emit, ...how });
      if (!("record" in found) || !found.record.metadata.isError) return found;
      // an error that was kept is no result
      return { miss: "expired", found: found.record.metadata.etag };
    };
    return this.#access.track(key, async (operation) => {
      const first = await look({ fresh: holder !== undefined });
      if ("record" in first) return first;
      const free = await this.#locks.waitForOthers(key, { holder, timeout, signal }, around);
      // a lock that was free at the check may have been held at the look
      if (!free && operation.isCurrent) return first;
      return look({ fresh: true, committed: free?.committed });
    });
  }

  /** See `StoreInternals`. */
  peek(key: string, { schema, ...options }: Call.GetOrComputeOptions): Promise<Look> {
    return this.#access.look(key, { schema, freshness: resolveFreshness(options), peeks: true });
  }

  /** See `StoreInternals`. */
  recordsOf(key: string, options: Call.GetOrComputeOptions): (value: unknown) => ResultRecord | undefined {
    const { ofValue } = resolveKeeping(options, resolveFreshness(options), this.#options.now);
    return (value) => {
      const metadata = ofValue(value);
      return metadata && createRecord(this.#options, key, value, metadata);
    };
  }

  /** See `SingleFlight`. */
  settle(key: string): Promise<void> {
    return this.#singleFlight.settle(key);
  }
}

/** Computes a value and keeps it. */
export function keepsAll<T>(
  compute: (context: Call.ComputeContext) => T | Promise<T>,
  key: string,
  { schema }: Call.GetOrComputeOptions,
): Computation["compute"] {
  return async (context, keep) => {
    const computed = compute(context);
    // a value that is there at once is taken before anyone can change it
    const value = isPromise(computed) ? await computed : computed;
    const output = schema ? await parseValue(value, schema, key) : value;
    // the caller gets the value even if it can't be kept; an event has reported that
    await keep(value, output)().catch(() => {});
    return output;
  };
}

/** The result of a record in memory. Throws it if it is an error that was kept. */
export function resultOf({ metadata, result }: ResultRecord): unknown {
  if (metadata.isError) throw result;
  return result;
}
