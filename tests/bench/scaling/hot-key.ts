import { CacheApiStorage } from "../../../src/edge/cache-api/cache-api-storage.ts";
import { createResultStore } from "../../../src/edge/store/create-result-store.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { SimulatedCaches, SimulatedFront, type WorkerAnswer } from "./caches.ts";
import { randomOf, VirtualTime } from "./time.ts";
import { CallMeter, SimulatedKv, SimulatedObject, SimulatedR2 } from "./world.ts";

/** Times are milliseconds. */
export interface HotKeyOptions {
  readonly regions: number;
  /** Isolates of the Worker in each region that are asked for the key. */
  readonly isolates: number;
  /** Calls a second for the key, over all isolates. */
  readonly rate: number;
  /** For how long there are calls, and after it time to come to an end. */
  readonly duration: number;
  /** How long it takes to compute. */
  readonly computing: number;
  /** For how long a result is good. */
  readonly expiresIn: number;
  /** How long KV keeps a copy; an hour at first. */
  readonly copyTtl?: number;
  /** How long each data centre keeps copies of its own. Absent: it keeps none. */
  readonly dataCenterTtl?: number;
  /** How long a cache in front of the Worker answers before it asks. Absent: there is none. */
  readonly maxAge?: number;
  /** How long a call waits for the lock object before the platform refuses it. Cloudflare gives no number. */
  readonly patience?: number;
  /** One isolate computes anew as often, as a cron trigger does. */
  readonly refreshEvery?: number;
  /** Each computation fails. */
  readonly fails?: boolean;
}

export interface HotKeyReport {
  readonly calls: number;
  /** Isolates that were asked. */
  readonly places: number;
  readonly meter: CallMeter;
  readonly computations: number;
  /** Computations at the same time. */
  readonly mostAtOnce: number;
  /** Milliseconds. */
  readonly longestAnswer: number;
  /** Milliseconds after a newer result was computed at which a call still got the one before. */
  readonly longestStale: number;
  /** Milliseconds that a call waited for the lock object. */
  readonly longestQueue: number;
  readonly events: ReadonlyMap<string, number>;
  /** Calls that were rejected. */
  readonly failures: number;
  readonly unanswered: number;
}

/** One key, asked for all over the world: the real store, tiers and lock in virtual time, over simulated bindings. */
export async function simulateHotKey(options: HotKeyOptions): Promise<HotKeyReport> {
  const time = new VirtualTime();
  const meter = new CallMeter(time);
  return time.rule(() => new HotKey(time, meter, options).run(), { caches: new SimulatedCaches(time, meter) });
}

class HotKey {
  readonly #time: VirtualTime;
  readonly #options: HotKeyOptions;
  readonly #meter: CallMeter;
  readonly #object: SimulatedObject;
  readonly #stores: ResultStore[];
  readonly #events = new Map<string, number>();
  readonly #front: SimulatedFront | undefined;
  /** When each computation came to its end. */
  readonly #computedAt: number[] = [];
  readonly #random = randomOf(1);
  readonly #asked = new Set<ResultStore>();
  #answers = 0;
  #failures = 0;
  #computations = 0;
  #atOnce = 0;
  #mostAtOnce = 0;
  #longestAnswer = 0;
  #longestStale = 0;

  constructor(time: VirtualTime, meter: CallMeter, options: HotKeyOptions) {
    this.#time = time;
    this.#options = options;
    this.#meter = meter;
    const { maxAge, dataCenterTtl, copyTtl } = options;
    if (maxAge !== undefined) this.#front = new SimulatedFront(time, maxAge);
    const copiesIn = (region: number) =>
      dataCenterTtl === undefined ? undefined : new CacheApiStorage({ name: `${region} `, copyTtl: dataCenterTtl });
    this.#object = new SimulatedObject(time, this.#meter, options.patience ?? Infinity);
    const kv = new SimulatedKv(time, this.#meter);
    const r2 = new SimulatedR2(time, this.#meter).binding;
    const onEvent = ({ type }: { type: string }) => void this.#events.set(type, (this.#events.get(type) ?? 0) + 1);
    const waitUntil = () => {};
    const locks = this.#object.binding;
    this.#stores = Array.from({ length: options.regions * options.isolates }, (_, i) => {
      const region = i % options.regions;
      const dataCenterCopies = copiesIn(region);
      return createResultStore({ kv: kv.in(region), r2, locks, copyTtl, dataCenterCopies, waitUntil, onEvent });
    });
  }

  async run(): Promise<HotKeyReport> {
    const { duration, computing } = this.#options;
    const end = duration + computing + 120_000;
    this.#arrive();
    this.#refreshLater();
    await this.#time.runUntil(this.#options.fails ? end + computing * this.#stores.length : end);
    return {
      calls: this.#meter.total("calls"),
      places: this.#asked.size,
      meter: this.#meter,
      computations: this.#computations,
      mostAtOnce: this.#mostAtOnce,
      longestAnswer: this.#longestAnswer,
      longestStale: this.#longestStale,
      longestQueue: this.#object.longestQueue,
      events: this.#events,
      failures: this.#failures,
      unanswered: this.#meter.total("calls") - this.#answers,
    };
  }

  /** Calls come by chance, each to any of the isolates. */
  #arrive(): void {
    const { rate, duration } = this.#options;
    let next = 0;
    const tick = () => {
      for (; next <= this.#time.now; next += (-Math.log(1 - this.#random()) * 1_000) / rate) void this.#call();
      if (next < duration) this.#time.later(next - this.#time.now, tick);
    };
    this.#time.later(1, tick);
  }

  #refreshLater(): void {
    const { refreshEvery, expiresIn, duration } = this.#options;
    if (refreshEvery === undefined || this.#time.now + refreshEvery > duration) return;
    this.#time.later(refreshEvery, () => {
      this.#refreshLater();
      void this.#stores[0]!.getOrCompute("hot", () => this.#compute(), { expiresIn, refresh: true });
    });
  }

  async #call(): Promise<void> {
    const index = Math.floor(this.#random() * this.#stores.length);
    const began = this.#time.now;
    this.#meter.count("calls");
    try {
      const run = () => this.#run(this.#stores[index]!);
      const front = this.#front;
      const value = front ? await front.answer(index % this.#options.regions, run) : (await run()).value;
      this.#noteAge(value as number, began);
    } catch {
      this.#failures++;
    }
    this.#answers++;
    this.#longestAnswer = Math.max(this.#longestAnswer, this.#time.now - began);
  }

  /** A request that reaches the Worker. */
  #run(store: ResultStore): Promise<WorkerAnswer> {
    this.#asked.add(store);
    this.#meter.count("runs");
    return store.answer("hot", () => this.#compute(), { expiresIn: this.#options.expiresIn });
  }

  /** A call that began before the newer result was there could not have got it. */
  #noteAge(computation: number, began: number): void {
    const newer = this.#computedAt[computation];
    if (newer !== undefined) this.#longestStale = Math.max(this.#longestStale, began - newer);
  }

  /** The value is the number of the computation. */
  async #compute(): Promise<number> {
    const number = ++this.#computations;
    this.#mostAtOnce = Math.max(this.#mostAtOnce, ++this.#atOnce);
    await this.#time.sleep(this.#options.computing);
    this.#atOnce--;
    if (this.#options.fails) throw new Error("It can't be computed");
    this.#computedAt[number - 1] = this.#time.now;
    return number;
  }
}
