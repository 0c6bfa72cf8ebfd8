import { type Billed, limits, prices, subscription } from "./limits.ts";

/** One size of traffic. Everything else about it is in `assumptions`. */
export interface Traffic {
  readonly name: string;
  readonly requestsPerDay: number;
  /** Keys that are asked for. */
  readonly keys: number;
  /** Data centres from which they are. */
  readonly regions: number;
  /** Isolates of the Worker in each. */
  readonly isolates: number;
}

export const traffics: readonly Traffic[] = [
  { name: "1 M a day", requestsPerDay: 1e6, keys: 1e5, regions: 30, isolates: 1 },
  { name: "100 M a day", requestsPerDay: 1e8, keys: 2e6, regions: 100, isolates: 4 },
  { name: "10 G a day", requestsPerDay: 1e10, keys: 5e7, regions: 300, isolates: 40 },
];

/** Times are seconds. */
export const assumptions = {
  /** Of Zipf's law: the key of rank n is asked for 1/n as often as the first. */
  exponent: 1,
  expiresIn: 7 * 86_400,
  computing: 2,
  recordBytes: 20_000,
  /** Milliseconds of CPU for a request, that of computing aside. */
  cpu: 1,
  /** Seconds for which a call or an alarm keeps a lock object at work. */
  objectWork: 0.01,
  // the library's own
  memoryAge: 60,
  copyTtl: 3_600,
} as const;

/** Of a lock object that has nobody waiting: `acquire`, `release`, and the two alarms after which it is deleted. */
const quietLock = { calls: 2, alarms: 2, rowsWritten: 5 };

const secondsPerDay = 86_400;
const daysPerMonth = 30;

/** Where results are kept beside R2 and the memory of isolates; seconds. */
export interface Caches {
  /** How long KV keeps a copy. */
  readonly copyTtl?: number;
  /** How long each data centre keeps copies of its own; 0: it keeps none. */
  readonly dataCenterTtl?: number;
  /** How long Workers Cache answers in front of the Worker before it asks; 0: nothing is in front. */
  readonly maxAge?: number;
}

/** What is done in a second, on average. */
export interface Rates {
  requests: number;
  /** Requests that reach the Worker. */
  runs: number;
  /** Looks past the memory of isolates. */
  looks: number;
  kvReads: number;
  kvWrites: number;
  r2Reads: number;
  computations: number;
  objectCalls: number;
  objectAlarms: number;
  objectRowsWritten: number;
  objectGigabyteSeconds: number;
  /** Copies in KV, and records in R2. */
  copies: number;
  records: number;
}

/** What a key that is asked for `requests` times a second, by chance, costs. */
export function ratesOf(
  requests: number,
  { regions, isolates }: Pick<Traffic, "regions" | "isolates">,
  { copyTtl = assumptions.copyTtl, dataCenterTtl = 0, maxAge = 0 }: Caches = {},
): Rates {
  const { memoryAge, expiresIn, computing, objectWork } = assumptions;
  const places = regions * isolates;
  // the upper tier gets what it lacks once for all data centres
  const runs = afterCache(requests, maxAge);
  const looks = afterCache(runs, memoryAge / places);
  const kvLooks = afterCache(looks, dataCenterTtl / regions);
  const copyMisses = afterCache(kvLooks, copyTtl);
  const computations = afterCache(copyMisses, expiresIn);
  const waiters = placesAsking(runs, places, computing);
  const hasWaiter = 1 - Math.exp(-waiters);
  const calls = quietLock.calls + 2 * waiters;
  const work = objectWork * (calls + quietLock.alarms) + computing * hasWaiter;
  return {
    requests,
    runs,
    looks,
    // who waited looks again
    kvReads: kvLooks + computations * waiters,
    r2Reads: copyMisses + 2 * computations * waiters,
    kvWrites: copyMisses,
    computations,
    objectCalls: computations * calls,
    objectAlarms: computations * quietLock.alarms,
    objectRowsWritten: computations * quietLock.rowsWritten,
    objectGigabyteSeconds: computations * work * limits.objectMemory,
    copies: copyMisses * copyTtl,
    records: computations * expiresIn,
  };
}

/** How many of `rate` calls a second come when what the last one brought is gone: it stays for `age` seconds. */
function afterCache(rate: number, age: number): number {
  return rate / (1 + rate * age);
}

/** In how many of `places` somebody asks within `seconds`. */
export function placesAsking(rate: number, places: number, seconds: number): number {
  return places * (1 - Math.exp((-rate * seconds) / places));
}

/** The keys in groups of about the same rank, the most asked for first. */
export function zipf(traffic: Traffic): { count: number; rate: number }[] {
  const groups: { count: number; weight: number }[] = [];
  for (let first = 1; first <= traffic.keys;) {
    const next = Math.min(Math.max(first + 1, Math.ceil(first * 1.01)), traffic.keys + 1);
    const middle = Math.sqrt(first * (next - 1));
    groups.push({ count: next - first, weight: middle ** -assumptions.exponent });
    first = next;
  }
  const sum = groups.reduce((total, { count, weight }) => total + count * weight, 0);
  const requests = traffic.requestsPerDay / secondsPerDay;
  return groups.map(({ count, weight }) => ({ count, rate: (requests * weight) / sum }));
}

export interface CostReport {
  readonly traffic: Traffic;
  readonly rates: Rates;
  /** Dollars a month. */
  readonly costs: Readonly<Record<Billed, number>>;
  readonly total: number;
  readonly hottest: Rates;
  /** Calls to the lock object of the hottest key in the first second after its record has expired. */
  readonly hottestStampede: number;
  /** Keys for which that is more than one object takes. */
  readonly keysBeyondObject: number;
  /** Keys that are looked for in KV so often that others look too while the first one copies, and KV takes one of the copies. */
  readonly keysBeyondKv: number;
}

/** Seconds from a look into KV that finds nothing until the copy is there: as in the simulation. */
const copying = 0.3;

/** Without `caches`: as a store is at first. */
export function costOf(traffic: Traffic, caches?: Caches): CostReport {
  const places = traffic.regions * traffic.isolates;
  const stampedeOf = (rate: number) => 2 * placesAsking(rate, places, 1);
  const groups = zipf(traffic).map(({ count, rate }) => ({ count, rate, rates: ratesOf(rate, traffic, caches) }));
  const countWhere = (test: (group: (typeof groups)[number]) => boolean) =>
    groups.filter(test).reduce((sum, { count }) => sum + count, 0);
  const rates = groups.map(({ count, rates: each }) => scale(each, count)).reduce(add);
  const costs = billOf(rates);
  const [first] = groups;
  return {
    traffic,
    rates,
    costs,
    total: Object.values(costs).reduce((sum, cost) => sum + cost, subscription),
    hottest: first!.rates,
    hottestStampede: stampedeOf(first!.rate),
    keysBeyondObject: countWhere(({ rate }) => stampedeOf(rate) > limits.objectCallsPerSecond),
    keysBeyondKv: countWhere(({ rates: { kvReads } }) => kvReads * copying > 1),
  };
}

function billOf(rates: Rates): Record<Billed, number> {
  const month = secondsPerDay * daysPerMonth;
  const used: Record<Billed, number> = {
    workerRequests: rates.requests * month,
    workerCpuMilliseconds: rates.runs * month * assumptions.cpu,
    kvReads: rates.kvReads * month,
    kvWrites: rates.kvWrites * month,
    kvBytes: rates.copies * assumptions.recordBytes,
    r2Reads: rates.r2Reads * month,
    r2Writes: rates.computations * month,
    r2Bytes: rates.records * assumptions.recordBytes,
    objectRequests: (rates.objectCalls + rates.objectAlarms) * month,
    objectGigabyteSeconds: rates.objectGigabyteSeconds * month,
    objectRowsWritten: rates.objectRowsWritten * month,
  };
  return mapRecord(used, (amount, name) => {
    const { included, perMillion } = prices[name];
    return (Math.max(0, amount - included) / 1e6) * perMillion;
  });
}

function scale(rates: Rates, factor: number): Rates {
  return mapRecord({ ...rates }, (rate) => rate * factor);
}

function add(one: Rates, other: Rates): Rates {
  return mapRecord({ ...one }, (rate, name) => rate + other[name]);
}

function mapRecord<Name extends string>(
  record: Record<Name, number>,
  change: (value: number, name: Name) => number,
): Record<Name, number> {
  const entries = Object.entries<number>(record).map(([name, value]) => [name, change(value, name as Name)]);
  return Object.fromEntries(entries) as Record<Name, number>;
}
