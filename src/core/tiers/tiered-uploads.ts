import {
  InvalidatedError,
  PreconditionFailedError,
  StorageError,
  StorageUnreachableError,
} from "../../errors/index.ts";
import type { StoreListener } from "../events/store-event.ts";
import { covers, type InvalidationTarget } from "../invalidation/invalidation.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import { later } from "../concurrency/settle-within.ts";
import type { Original } from "./tiered-copies.ts";

/** The maximum size of waiting records, in bytes. */
const maxWaitingBytes = 64 * 2 ** 20;
/** Milliseconds until the next attempt to reach the truth, unless another call tries before. Doubles with each attempt that fails. */
const retryAfter = 15_000;
const longestRetryAfter = 4 * retryAfter;

/** A record that was written nearby. */
export interface Upload extends Original {
  /** Where its value began in the truth. */
  readonly since?: string | undefined;
}

export interface UploadsOptions {
  truth: ResultStorage;
  emit: StoreListener;
  /** Called if the truth won't have the record. */
  onLost: (key: string, error: unknown) => void;
  /** Whether a nearer tier still has the record. */
  isNearby: (original: Original) => Promise<boolean>;
  /** Called with the etag of the record in the truth. */
  onUpload: (original: Original, etag: string) => Promise<void>;
  /** Called if another record was there first. */
  onConflict: (key: string) => Promise<void>;
}

/** Tracks whether the truth answers, and keeps the records to upload once it does. */
export class Uploads {
  readonly #options: UploadsOptions;
  /** By key, the oldest first. */
  readonly #waiting = new Map<string, Upload>();
  #bytes = 0;
  #isOffline = false;
  #flushing: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;
  #retryAfter = retryAfter;
  /** Whether the last attempt failed. The truth may answer other calls, and must not be asked again with each of them. */
  #hasFailed = false;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  get isOffline(): boolean {
    return this.#isOffline;
  }

  /** Calls the truth, and notes whether it can be reached. */
  async ask<T>(call: (truth: ResultStorage) => Promise<T>): Promise<T> {
    const { truth, emit } = this.#options;
    let result: T;
    try {
      result = await call(truth);
    } catch (error) {
      if (!(error instanceof StorageUnreachableError)) {
        // a refusal is an answer; the truth's own failure says nothing
        if (error instanceof PreconditionFailedError) this.#answered();
      } else if (!this.#isOffline) {
        this.#isOffline = true;
        emit({ type: "offline", from: truth.type, error });
      }
      throw error;
    }
    this.#answered();
    return result;
  }

  #answered(): void {
    if (!this.#isOffline) return;
    this.#isOffline = false;
    this.#options.emit({ type: "online", from: this.#options.truth.type });
  }

  /** Keeps a record until the truth answers again. If there are too many, the oldest are dropped. */
  add(original: Upload): void {
    this.forget(original.key);
    this.#waiting.set(original.key, { ...original, bytes: original.bytes.slice() });
    this.#bytes += original.bytes.length;
    for (const key of this.#waiting.keys()) {
      if (this.#bytes <= maxWaitingBytes) break;
      this.forget(key);
      const error = new StorageError(`Too much waits for ${this.#options.truth.type} to answer again`, { key });
      this.#options.onLost(key, error);
    }
    this.#retryLater();
  }

  /** Drops a record that another write or a deletion has replaced. */
  forget(key: string): void {
    this.#bytes -= this.#waiting.get(key)?.bytes.length ?? 0;
    this.#waiting.delete(key);
  }

  /** Drops the records that an invalidation covers. */
  forgetCovered(target: InvalidationTarget): void {
    for (const [key, { metadata }] of this.#waiting) if (covers(target, key, metadata.tags)) this.forget(key);
  }

  /** Whether records wait for a truth that answers. */
  get isDue(): boolean {
    return this.#waiting.size > 0 && !this.#isOffline && !this.#flushing && !this.#hasFailed;
  }

  /** Uploads waiting records, the oldest first. The truth may fail at some of them, which wait on. */
  flush(): Promise<void> {
    return (this.#flushing ??= this.#flush().finally(() => (this.#flushing = undefined)));
  }

  async #flush(): Promise<void> {
    this.#hasFailed = false;
    for (const original of [...this.#waiting.values()]) {
      try {
        await this.#upload(original);
      } catch (error) {
        if (error instanceof StorageUnreachableError) {
          this.#hasFailed = true;
          continue;
        }
        this.#options.onLost(original.key, error);
      }
      if (this.#waiting.get(original.key) === original) this.forget(original.key);
    }
    this.#retryAfter = this.#hasFailed ? Math.min(2 * this.#retryAfter, longestRetryAfter) : retryAfter;
    if (this.#hasFailed) this.#retryLater();
  }

  async #upload(original: Upload): Promise<void> {
    const { key, bytes, metadata, etag, since } = original;
    if (this.#waiting.get(key) !== original) return;
    // somebody may have dropped the own copies, perhaps in another tab
    if (!(await this.#options.isNearby(original))) return;
    try {
      const written = await this.ask((truth) => truth.write(key, bytes, { metadata, etag, since, ifNoneMatch: "*" }));
      await this.#options.onUpload(original, written.etag);
    } catch (error) {
      if (!(error instanceof PreconditionFailedError || error instanceof InvalidatedError)) throw error;
      await this.#options.onConflict(key);
    }
  }

  #retryLater(): void {
    const retry = () => {
      this.#cancelRetry = undefined;
      void this.flush();
    };
    this.#cancelRetry ??= later(this.#retryAfter, retry, { idle: true });
  }

  close(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }
}
