import {
  CorruptRecordError,
  RecordNotFoundError,
  ResultTimeoutError,
  StorageUnreachableError,
  TaskFailedError,
} from "../../errors/index.ts";
import { timesOf } from "../support/duration.ts";
import { generateHolder } from "../locks/holder.ts";
import { maxWait } from "../remote-locks/lock-service.ts";
import type { ResultRecord } from "../record/result-record.ts";
import type { AwaitDeferredOptions, DeferredStatus, DeferringStore } from "../options/scheduler.ts";
import { later, settleWithin } from "../concurrency/settle-within.ts";
import type { JobScheduler } from "./job-scheduler.ts";

/** The call to wait for. */
export interface AwaitedCall {
  readonly store: DeferringStore;
  readonly scheduler: JobScheduler;
  readonly task: string;
  readonly key: string;
  /** Whether its result was kept before it would have been submitted. */
  readonly isKept: boolean;
  /** Whether earlier results don't count. */
  readonly refresh: boolean;
  /** Submits the call, again if need be. */
  readonly submit: () => Promise<void>;
}

/** The shortest and longest pause between status requests that are answered at once or fail, in milliseconds. */
const shortestPause = 250;
const longestPause = 5_000;

/** Milliseconds until a kept result is visible in an eventually consistent storage, at most. */
const longestLag = 120_000;

/** The result of a submitted call. See `DeferredCall.result`. */
export async function awaitDeferred(call: AwaitedCall, options: AwaitDeferredOptions): Promise<unknown> {
  const { timeout } = timesOf(options, "timeout");
  const { signal } = options;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  const giveUp = () => controller.abort(timeoutError(call, timeout));
  const cancel = timeout === undefined ? undefined : later(timeout, giveUp);
  signal?.addEventListener("abort", abort);
  try {
    return (await new DeferredWait(call, controller.signal).record()).result;
  } finally {
    cancel?.();
    signal?.removeEventListener("abort", abort);
  }
}

class DeferredWait {
  readonly #call: AwaitedCall;
  readonly #signal: AbortSignal;
  #pauses = 0;
  #missingSince: number | undefined;
  #isMended = false;

  constructor(call: AwaitedCall, signal: AbortSignal) {
    this.#call = call;
    this.#signal = signal;
  }

  async record(): Promise<ResultRecord> {
    const kept = this.#call.isKept ? await this.#read() : undefined;
    if (kept) return kept;
    for (;;) {
      this.#signal.throwIfAborted();
      const asked = performance.now();
      try {
        const record = await this.#ask();
        if (record) return record;
      } catch (error) {
        this.#signal.throwIfAborted();
        // only the connection failed: the work goes on without it
        if (!(error instanceof StorageUnreachableError)) throw error;
      }
      if (performance.now() - asked > longestPause) this.#pauses = 0;
      else await this.#pause();
    }
  }

  /** Checks once: first the status of the work, then its result. */
  async #ask(): Promise<ResultRecord | undefined> {
    const { scheduler, key, refresh, submit } = this.#call;
    const status = await scheduler.inspect(key, { wait: maxWait, signal: this.#signal });
    if (status && (status.state === "pending" || status.state === "running")) return undefined;
    const record = refresh && status?.state !== "done" ? undefined : await this.#read();
    if (record) return record;
    if (status?.state === "failed") throw failure(this.#call, status);
    // the job was forgotten, or was never known
    if (!status) await submit();
    else this.#noteMissing();
    return undefined;
  }

  /** Bypasses memory and copies if they have no valid result. A damaged result is computed again, once. */
  async #read(): Promise<ResultRecord | undefined> {
    const { store, key, refresh, submit } = this.#call;
    const signal = this.#signal;
    try {
      const cached = refresh ? undefined : await store.read(key, { signal }).catch(absentIfCorrupt);
      return cached ?? (await store.read(key, { signal, holder: generateHolder() }));
    } catch (error) {
      if (this.#isMended || !(error instanceof CorruptRecordError)) throw error;
      this.#isMended = true;
      await submit();
      return undefined;
    }
  }

  #noteMissing(): void {
    const { key } = this.#call;
    this.#missingSince ??= performance.now();
    if (performance.now() - this.#missingSince < longestLag) return;
    throw new RecordNotFoundError("The deferred call was done, but its result is not kept any more: defer it again", {
      key,
    });
  }

  #pause(): Promise<void> {
    const pause = Math.min(shortestPause * 2 ** this.#pauses++, longestPause) * (0.75 + Math.random() / 4);
    return settleWithin({ timeout: pause, signal: this.#signal, otherwise: undefined }, () => () => {});
  }
}

function timeoutError({ task, key }: AwaitedCall, timeout: number | undefined): ResultTimeoutError {
  const message = `The deferred task "${task}" had no result within ${timeout} ms. It goes on: call result() again`;
  return new ResultTimeoutError(message, { key });
}

function absentIfCorrupt(error: unknown): undefined {
  if (!(error instanceof CorruptRecordError)) throw error;
}

function failure({ task, key }: AwaitedCall, { attempts, error }: DeferredStatus): TaskFailedError {
  const tries = attempts === 1 ? "1 try" : `${attempts} tries`;
  const reason = error ? `${error.name}: ${error.message}` : "nothing is known of why";
  return new TaskFailedError(`The deferred task "${task}" failed for good after ${tries}; the last one: ${reason}`, {
    key,
  });
}
