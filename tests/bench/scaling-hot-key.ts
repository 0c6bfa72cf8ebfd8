import { createResultStore } from "../../src/edge/store/create-result-store.ts";
import type { ResultStore } from "../../src/core/store/result-store.ts";
import { randomOf, VirtualTime } from "./scaling-time.ts";
import { CallMeter, SimulatedKv, SimulatedObject, SimulatedR2 } from "./scaling-world.ts";

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
  return time.rule(() => new HotKey(time, options).run());
}

class HotKey {
  readonly #time: VirtualTime;
  readonly #options: HotKeyOptions;
  readonly #meter: CallMeter;
  readonly #object: SimulatedObject;
  readonly #stores: ResultStore[];
  readonly #events = new Map<string, number>();
  readonly #random = randomOf(1);
  readonly #asked = new Set<ResultStore>();
  #answers = 0;
  #failures = 0;
  #computations = 0;
  #atOnce = 0;
  #mostAtOnce = 0;
  #longestAnswer = 0;

  constructor(time: VirtualTime, options: HotKeyOptions) {
    this.#time = time;
    this.#options = options;
    this.#meter = new CallMeter(time);
    this.#object = new SimulatedObject(time, this.#meter, options.patience ?? Infinity);
    const kv = new SimulatedKv(time, this.#meter);
    const r2 = new SimulatedR2(time, this.#meter).binding;
    const onEvent = ({ type }: { type: string }) => void this.#events.set(type, (this.#events.get(type) ?? 0) + 1);
    const waitUntil = () => {};
    const locks = this.#object.binding;
    this.#stores = Array.from({ length: options.regions * options.isolates }, (_, i) =>
      createResultStore({ kv: kv.in(i % options.regions), r2, locks, copyTtl: options.copyTtl, waitUntil, onEvent }),
    );
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
    const store = this.#stores[Math.floor(this.#random() * this.#stores.length)]!;
    const began = this.#time.now;
    this.#asked.add(store);
    this.#meter.count("calls");
    try {
      await store.getOrCompute("hot", () => this.#compute(), { expiresIn: this.#options.expiresIn });
    } catch {
      this.#failures++;
    }
    this.#answers++;
    this.#longestAnswer = Math.max(this.#longestAnswer, this.#time.now - began);
  }

  async #compute(): Promise<string> {
    this.#computations++;
    this.#mostAtOnce = Math.max(this.#mostAtOnce, ++this.#atOnce);
    await this.#time.sleep(this.#options.computing);
    this.#atOnce--;
    if (this.#options.fails) throw new Error("It can't be computed");
    return "value";
  }
}
