/** What is measured where, and how much of the reference it may take. */
export interface Target {
  readonly id: string;
  readonly runtime: "node" | "workerd" | "chromium" | "memory" | "bundle";
  readonly unit: "ns" | "ms" | "MB" | "B";
  /** The ratio to stay below. */
  readonly target: number;
  readonly work: string;
  readonly referenceName: string;
  /** Bytes of a bundle that stand for its reference. */
  readonly budget?: number;
}

export const targets = [
  nanoseconds("memory-hit", 0.25, "`getOrCompute`, hit in memory", "cachified + lru-cache"),
  nanoseconds("task-hit", 1.5, "a task's hit in memory", "ohash alone"),
  inNode("encode-json", 1.6, "encode 2,000 plain rows, 287 kB of JSON", "JSON.stringify + TextEncoder"),
  inNode("decode-json", 1.15, "decode the same", "TextDecoder + JSON.parse"),
  inNode("encode-rich", 1.05, "encode a Map of 500 objects with Date, Set, bigint, RegExp", "devalue + TextEncoder"),
  inNode("decode-rich", 1.05, "decode the same", "TextDecoder + devalue"),
  inNode("encode-binary", 1.5, "encode a record with 4 MB of floats", "allocate 4 MB and copy"),
  inNode("decode-binary", 0.4, "decode the same", "allocate 4 MB and copy"),
  inChromium("idb-write-1000", 1.3, "1,000 writes of 1 kB at once", "raw puts, one transaction"),
  inChromium("idb-read-1000", 1.3, "1,000 reads at once", "raw gets, one transaction"),
  inChromium("idb-write-1", 1.15, "a write of 1 kB", "idb-keyval set"),
  inChromium("idb-read-1", 1.15, "a read of 1 kB", "idb-keyval get"),
  inChromium("idb-hit-1", 1.15, "`getOrCompute`, hit in IndexedDB", "idb-keyval get"),
  inChromium("reload-hit", 1.5, "fresh page: import, create, hit of 1 MB", "the same with idb-keyval"),
  inChromium("idb-miss-1", 1.5, "`getOrCompute`, miss that computes nothing", "idb-keyval get, lock, set"),
  inChromium("swr-hit", 1.3, "stale hit that starts a refresh", "fresh hit"),
  inChromium("idb-write-32mb", 1.2, "a write of 32 MB", "idb-keyval set"),
  inChromium("idb-read-32mb", 1, "a read of 32 MB", "idb-keyval get"),
  inChromium("idb-list-10000", 0.35, "list 10,000 records of 10 kB", "idb-keyval entries"),
  inChromium("lock-1000", 1.5, "1,000 locks at once", "navigator.locks.request"),
  inChromium("lock-1", 3.5, "a lock", "navigator.locks.request"),
  inWorkerd("kv-hit", 1.1, "hit in KV", "KV.getWithMetadata"),
  inWorkerd("r2-hit", 1.1, "hit in R2", "R2.get + arrayBuffer"),
  inWorkerd("edge-miss", 1.2, "miss: look, lock, commit", "R2.get, two calls to an object, put"),
  inChromium("http-hit", 1.1, "hit over HTTP, in a browser", "fetch + arrayBuffer"),
  inChromium("stampede", 1.1, "1,000 callers in 10 tabs, one key", "the computation alone"),
  memory("mem-100mb", 2, "write 100 MB and read them back"),
  memory("mem-list-100000", 0.75, "list 100,000 records of 1 kB, then sweep a tenth of them"),
  memory("mem-flight-10000", 2.5, "10,000 keys in flight, 1 kB each"),
  size("size-core", 13_000, "`ResultStore`, `MemoryStorage`, `JsonSerializer`"),
  size("size-store", 17_000, "the same with `IndexedDbStorage` for memory"),
  size("size-default", 27_000, "`createResultStore` for browsers"),
  size("size-task", 34_000, "`createResultStore` and `task`"),
] as const satisfies readonly Target[];

function nanoseconds<Id extends string>(id: Id, target: number, work: string, referenceName: string) {
  return { id, runtime: "node", unit: "ns", target, work, referenceName } as const;
}

function inNode<Id extends string>(id: Id, target: number, work: string, referenceName: string) {
  return { id, runtime: "node", unit: "ms", target, work, referenceName } as const;
}

function inChromium<Id extends string>(id: Id, target: number, work: string, referenceName: string) {
  return { id, runtime: "chromium", unit: "ms", target, work, referenceName } as const;
}

function inWorkerd<Id extends string>(id: Id, target: number, work: string, referenceName: string) {
  return { id, runtime: "workerd", unit: "ms", target, work, referenceName } as const;
}

/** The growth of Chromium's memory at its peak. */
function memory<Id extends string>(id: Id, target: number, work: string) {
  return { id, runtime: "memory", unit: "MB", target, work, referenceName: "idb-keyval by hand" } as const;
}

/** A bundle and the bytes that it may have; a kB is 1,000 of them. */
function size<Id extends string>(id: Id, budget: number, work: string) {
  const referenceName = `${budget / 1_000} kB`;
  return { id, runtime: "bundle", unit: "B", target: 1, work, referenceName, budget } as const;
}

export type BenchId = (typeof targets)[number]["id"];

/** The targets that are sizes: the one place where their budgets are written. */
export const sizeTargets = targets.filter((target) => target.runtime === "bundle");

export type BundleId = (typeof sizeTargets)[number]["id"];

/** One row of the table and of the JSON. */
export interface BenchResult extends Omit<Target, "runtime" | "work" | "budget"> {
  readonly ours: number;
  readonly reference: number;
  readonly ratio: number;
  readonly met: boolean;
}

/** `measured` is in the target's unit. */
export function toResult(target: Target, { ours, reference }: { ours: number; reference: number }): BenchResult {
  const { id, unit, referenceName, target: limit } = target;
  const ratio = ours / reference;
  return { id, ours, reference, ratio, unit, referenceName, target: limit, met: ratio <= limit };
}
