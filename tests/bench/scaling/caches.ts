import type { CacheBinding } from "../../../src/edge/bindings/bindings.ts";
import { publicCacheControl } from "../../../workers/routes/cache-headers.ts";
import type { VirtualTime } from "./time.ts";
import { type CallMeter, latencies } from "./world.ts";

interface CacheEntry {
  readonly bytes: ArrayBuffer;
  readonly headers: Headers;
  readonly until: number;
}

/** The caches of all data centres, as `caches` of a Worker has that of its own. Each name stands for one data centre. */
export class SimulatedCaches {
  readonly #time: VirtualTime;
  readonly #meter: CallMeter;
  readonly #entries = new Map<string, CacheEntry>();

  constructor(time: VirtualTime, meter: CallMeter) {
    this.#time = time;
    this.#meter = meter;
  }

  open(name: string): Promise<CacheBinding> {
    return Promise.resolve({
      match: (url) => this.#match(name + url),
      put: (url, response) => this.#put(name + url, response),
      delete: async (url) => this.#entries.delete(name + url),
    });
  }

  async #match(id: string): Promise<Awaited<ReturnType<CacheBinding["match"]>>> {
    this.#meter.count("cacheReads");
    await this.#time.sleep(latencies.cache);
    const entry = this.#entries.get(id);
    if (!entry || entry.until <= this.#time.now) return undefined;
    return { headers: entry.headers, arrayBuffer: async () => entry.bytes.slice(0) };
  }

  async #put(id: string, response: Response): Promise<void> {
    this.#meter.count("cacheWrites");
    const bytes = await response.arrayBuffer();
    const seconds = numberIn(response.headers.get("cache-control"), "max-age");
    this.#entries.set(id, { bytes, headers: response.headers, until: this.#time.now + seconds * 1_000 });
  }
}

/** The answer of a Worker to a request, as far as caches look at it. */
export interface WorkerAnswer {
  readonly value: unknown;
  readonly expiration?: Date | undefined;
}

interface FrontEntry {
  readonly value: unknown;
  readonly fresh: number;
  readonly stale: number;
}

/**
 * Workers Cache: a lower tier in each data centre, over one upper tier. Each has one request at a time for a key, serves a stale answer
 * while it asks, and heeds the header that the API gives. An answer is as old below as it is above.
 */
export class SimulatedFront {
  readonly #time: VirtualTime;
  readonly #maxAge: number;
  readonly #tiers = new Map<number, FrontEntry>();
  readonly #asking = new Map<number, Promise<FrontEntry>>();

  constructor(time: VirtualTime, maxAge: number) {
    this.#time = time;
    this.#maxAge = maxAge;
  }

  async answer(region: number, work: () => Promise<WorkerAnswer>): Promise<unknown> {
    const upper = () => this.#ask(-1, () => this.#run(work));
    return (await this.#ask(region, upper)).value;
  }

  async #ask(tier: number, next: () => Promise<FrontEntry>): Promise<FrontEntry> {
    await this.#time.sleep(latencies.cache);
    const entry = this.#tiers.get(tier);
    if (entry && entry.fresh > this.#time.now) return entry;
    const asked = this.#askOnce(tier, next);
    return entry && entry.stale > this.#time.now ? entry : asked;
  }

  async #askOnce(tier: number, next: () => Promise<FrontEntry>): Promise<FrontEntry> {
    const asking = this.#asking.get(tier) ?? next();
    this.#asking.set(tier, asking);
    const entry = await asking;
    this.#tiers.set(tier, entry);
    this.#asking.delete(tier);
    return entry;
  }

  async #run(work: () => Promise<WorkerAnswer>): Promise<FrontEntry> {
    const { value, expiration } = await work();
    const control = publicCacheControl({ ...unused, ...(expiration && { expiration }) }, this.#maxAge, Date.now());
    const fresh = this.#time.now + 1_000 * numberIn(control, "max-age");
    return { value, fresh, stale: fresh + 1_000 * numberIn(control, "stale-while-revalidate") };
  }
}

const unused = { storageKey: "hot", createdAt: new Date(0), serializer: { type: "json" }, libraryVersion: "0" };

function numberIn(control: string | null, directive: string): number {
  return Number(control?.match(new RegExp(`(?:^|[ ,])${directive}=(\\d+)`))?.[1] ?? 0);
}
