import type { KvBinding, KvValue, R2Binding, R2Body } from "../../../src/edge/bindings/bindings.ts";
import type { LockNamespaceBinding } from "../../../src/edge/bindings/lock-namespace.ts";
import { KeyLock } from "../../../workers/locks/key-lock.ts";
import { limits } from "./limits.ts";
import type { VirtualTime } from "./time.ts";

/** How long calls take, in milliseconds: assumptions, of the size that they have between continents. */
export const latencies = {
  cache: 1,
  kvHot: 5,
  kvCold: 60,
  kvWrite: 150,
  r2Read: 80,
  r2Write: 200,
  object: 40,
} as const;

export type CallName =
  | "calls"
  | "runs"
  | "cacheReads"
  | "cacheWrites"
  | "kvReads"
  | "kvWrites"
  | "kvRefusals"
  | "r2Reads"
  | "r2Writes"
  | "r2Refusals"
  | "lockCalls"
  | "lockRefusals";

/** How many calls of a kind there were, by the second. */
export class CallMeter {
  readonly #time: VirtualTime;
  readonly #seconds = new Map<CallName, number[]>();

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  count(name: CallName): void {
    const seconds = this.#seconds.get(name) ?? [];
    const second = Math.floor(this.#time.now / 1_000);
    seconds[second] = (seconds[second] ?? 0) + 1;
    this.#seconds.set(name, seconds);
  }

  total(name: CallName): number {
    return (this.#seconds.get(name) ?? []).reduce((sum, count) => sum + count, 0);
  }

  /** In the busiest second. */
  peak(name: CallName): number {
    return Math.max(0, ...(this.#seconds.get(name) ?? []).filter((count) => count > 0));
  }

  /** A second, on average between two seconds. */
  rate(name: CallName, from: number, to: number): number {
    const seconds = (this.#seconds.get(name) ?? []).slice(from, to);
    return seconds.reduce((sum, count) => sum + count, 0) / (to - from);
  }
}

interface KvEntry {
  readonly value: ArrayBuffer | null;
  readonly metadata: unknown;
  readonly until: number;
}

const absent = (until: number): KvEntry => ({ value: null, metadata: null, until });

/** One value of Workers KV: a central store, and what each region has seen of it in the last minute. */
export class SimulatedKv {
  readonly #time: VirtualTime;
  readonly #meter: CallMeter;
  readonly #seen = new Map<number, { entry: KvEntry; until: number }>();
  #central = absent(Infinity);
  #lastWrite = -Infinity;

  constructor(time: VirtualTime, meter: CallMeter) {
    this.#time = time;
    this.#meter = meter;
  }

  in(region: number): KvBinding {
    return {
      getWithMetadata: () => this.#read(region),
      put: (_key, value, { metadata, expirationTtl = Infinity } = {}) => {
        const until = this.#time.now + expirationTtl * 1_000;
        return this.#write(region, { value: copyOf(value), metadata, until });
      },
      delete: () => this.#write(region, absent(Infinity)),
      list: () => Promise.reject(new Error("Nothing here lists")),
    };
  }

  async #read(region: number): Promise<KvValue> {
    this.#meter.count("kvReads");
    const seen = this.#seen.get(region);
    if (seen && seen.until > this.#time.now) {
      await this.#time.sleep(latencies.kvHot);
      return this.#valueOf(seen.entry);
    }
    await this.#time.sleep(latencies.kvCold);
    const entry = this.#central;
    this.#seen.set(region, { entry, until: this.#time.now + limits.kvStaleness });
    return this.#valueOf(entry);
  }

  async #write(region: number, entry: KvEntry): Promise<void> {
    this.#meter.count("kvWrites");
    const isTooSoon = this.#time.now < this.#lastWrite + limits.kvWriteInterval;
    if (!isTooSoon) this.#lastWrite = this.#time.now;
    await this.#time.sleep(latencies.kvWrite);
    if (isTooSoon) {
      this.#meter.count("kvRefusals");
      throw new Error("KV PUT failed: 429 Too Many Requests");
    }
    this.#central = entry;
    // seen at once where it was made, elsewhere once what they have seen is old
    this.#seen.set(region, { entry, until: this.#time.now + limits.kvStaleness });
  }

  /** Gone at its own end wherever it has been seen: the worst case, as all regions miss it at once. */
  #valueOf({ value, metadata, until }: KvEntry): KvValue {
    return until > this.#time.now ? { value, metadata } : { value: null, metadata: null };
  }
}

/** One object of R2. */
export class SimulatedR2 {
  readonly #time: VirtualTime;
  readonly #meter: CallMeter;
  #object: R2Body | undefined;
  #version = 0;
  #lastWrite = -Infinity;

  constructor(time: VirtualTime, meter: CallMeter) {
    this.#time = time;
    this.#meter = meter;
  }

  get binding(): R2Binding {
    return {
      get: () => this.#read(),
      head: () => this.#read(),
      put: (key, value, { onlyIf, customMetadata }) =>
        this.#write(key, copyOf(value), onlyIf.etagMatches, customMetadata),
      delete: () => Promise.reject(new Error("Nothing here deletes")),
      list: () => Promise.reject(new Error("Nothing here lists")),
    };
  }

  async #read(): Promise<R2Body | null> {
    this.#meter.count("r2Reads");
    await this.#time.sleep(latencies.r2Read);
    return this.#object ?? null;
  }

  async #write(
    key: string,
    bytes: ArrayBuffer,
    over: string | undefined,
    customMetadata: Record<string, string>,
  ): Promise<R2Body | null> {
    this.#meter.count("r2Writes");
    const isTooSoon = this.#time.now < this.#lastWrite + limits.r2WriteInterval;
    if (!isTooSoon) this.#lastWrite = this.#time.now;
    await this.#time.sleep(latencies.r2Write);
    if (isTooSoon) {
      this.#meter.count("r2Refusals");
      throw new Error("put: 429 Too Many Requests (10058)");
    }
    if (this.#object?.etag !== over) return null;
    const version = String(++this.#version);
    const uploaded = new Date(Date.now());
    const arrayBuffer = () => Promise.resolve(bytes);
    return (this.#object = {
      key,
      etag: `etag${version}`,
      version,
      size: bytes.byteLength,
      uploaded,
      customMetadata,
      arrayBuffer,
    });
  }
}

/** The Durable Object of one key: the real `KeyLock`, one call after the other. */
export class SimulatedObject {
  /** Milliseconds that the call had to wait that waited longest. */
  longestQueue = 0;
  readonly #time: VirtualTime;
  readonly #meter: CallMeter;
  readonly #patience: number;
  readonly #lock = new KeyLock({ row: undefined, save: () => {}, now: () => Date.now() });
  #busyUntil = 0;

  /** `patience`: milliseconds that a call may have to wait before it is refused as `overloaded`. */
  constructor(time: VirtualTime, meter: CallMeter, patience: number) {
    this.#time = time;
    this.#meter = meter;
    this.#patience = patience;
  }

  get binding(): LockNamespaceBinding {
    const lock = this.#lock;
    return {
      getByName: () => ({
        acquire: (request) => this.#call(() => lock.acquire(request)),
        renew: (holder, holdTimeout) => this.#call(() => lock.renew(holder, holdTimeout)),
        release: (holder, options) => this.#call(() => lock.release(holder, options)),
        endComputation: () => this.#call(() => lock.endComputation()),
        inspect: (holder) => this.#call(() => lock.inspect(holder)),
        wait: (timeout) => this.#call(() => lock.wait(timeout)),
      }),
    };
  }

  async #call<T>(run: () => T | Promise<T>): Promise<T> {
    await this.#time.sleep(latencies.object);
    this.#meter.count("lockCalls");
    const queue = Math.max(0, this.#busyUntil - this.#time.now);
    if (queue > this.#patience) {
      this.#meter.count("lockRefusals");
      throw Object.assign(new Error("Durable Object is overloaded. Requests queued for too long."), {
        overloaded: true,
      });
    }
    this.longestQueue = Math.max(this.longestQueue, queue);
    this.#busyUntil = this.#time.now + queue + 1_000 / limits.objectCallsPerSecond;
    await this.#time.sleep(this.#busyUntil - this.#time.now);
    const answer = await run();
    await this.#time.sleep(latencies.object);
    return answer;
  }
}

function copyOf(view: ArrayBufferView): ArrayBuffer {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice().buffer;
}
