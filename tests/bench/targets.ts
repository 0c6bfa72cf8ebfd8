/** What is measured where, and how much of the reference it may take. */
export interface Target {
  readonly id: string;
  readonly runtime: "node" | "workerd" | "chromium" | "bundle";
  readonly unit: "ns" | "ms" | "B";
  readonly referenceName: string;
  /** The ratio to stay below. */
  readonly target: number;
  /** Bytes of a bundle that stand for its reference. */
  readonly budget?: number;
}

/** A bundle and the bytes that it may have; a kB is 1,000 of them. */
function size<Id extends string>(id: Id, budget: number) {
  return { id, runtime: "bundle", unit: "B", referenceName: `${budget / 1_000} kB`, target: 1, budget } as const;
}

export const targets = [
  { id: "memory-hit", runtime: "node", unit: "ns", referenceName: "cachified + lru-cache", target: 0.25 },
  { id: "task-hit", runtime: "node", unit: "ns", referenceName: "ohash alone", target: 1.5 },
  { id: "encode-json", runtime: "node", unit: "ms", referenceName: "JSON.stringify + TextEncoder", target: 1.6 },
  { id: "decode-json", runtime: "node", unit: "ms", referenceName: "TextDecoder + JSON.parse", target: 1.15 },
  { id: "encode-rich", runtime: "node", unit: "ms", referenceName: "devalue + TextEncoder", target: 1.05 },
  { id: "encode-binary", runtime: "node", unit: "ms", referenceName: "allocate 4 MB and copy", target: 1.5 },
  { id: "decode-binary", runtime: "node", unit: "ms", referenceName: "allocate 4 MB and copy", target: 0.4 },
  { id: "idb-write-1000", runtime: "chromium", unit: "ms", referenceName: "raw puts, one transaction", target: 1.3 },
  { id: "idb-read-1000", runtime: "chromium", unit: "ms", referenceName: "raw gets, one transaction", target: 1.3 },
  { id: "idb-write-1", runtime: "chromium", unit: "ms", referenceName: "idb-keyval set", target: 1.15 },
  { id: "idb-read-1", runtime: "chromium", unit: "ms", referenceName: "idb-keyval get", target: 1.15 },
  { id: "swr-hit", runtime: "chromium", unit: "ms", referenceName: "fresh hit", target: 1.3 },
  { id: "idb-write-32mb", runtime: "chromium", unit: "ms", referenceName: "idb-keyval set", target: 1.2 },
  { id: "idb-read-32mb", runtime: "chromium", unit: "ms", referenceName: "idb-keyval get", target: 1 },
  { id: "idb-list-10000", runtime: "chromium", unit: "ms", referenceName: "idb-keyval entries", target: 0.35 },
  { id: "lock-1000", runtime: "chromium", unit: "ms", referenceName: "navigator.locks.request", target: 1.5 },
  { id: "lock-1", runtime: "chromium", unit: "ms", referenceName: "navigator.locks.request", target: 3.5 },
  { id: "kv-hit", runtime: "workerd", unit: "ms", referenceName: "KV.getWithMetadata", target: 1.1 },
  { id: "r2-hit", runtime: "workerd", unit: "ms", referenceName: "R2.get + arrayBuffer", target: 1.1 },
  {
    id: "edge-miss",
    runtime: "workerd",
    unit: "ms",
    referenceName: "R2.get, two calls to an object, put",
    target: 1.2,
  },
  { id: "http-hit", runtime: "chromium", unit: "ms", referenceName: "fetch + arrayBuffer", target: 1.1 },
  { id: "stampede", runtime: "chromium", unit: "ms", referenceName: "1 run, 1.5 x its time + 200 ms", target: 0.5 },
  size("size-core", 13_000),
  size("size-store", 17_000),
  size("size-default", 27_000),
  size("size-task", 34_000),
] as const satisfies readonly Target[];

export type BenchId = (typeof targets)[number]["id"];

/** The targets that are sizes: the one place where their budgets are written. */
export const sizeTargets = targets.filter((target) => target.runtime === "bundle");

export type BundleId = (typeof sizeTargets)[number]["id"];

/** One row of the table and of the JSON. */
export interface BenchResult extends Omit<Target, "runtime" | "budget"> {
  readonly ours: number;
  readonly reference: number;
  readonly ratio: number;
  readonly met: boolean;
}

/** `measured` is in the target's unit. */
export function toResult(target: Target, measured: { ours: number; reference: number }): BenchResult {
  const { id, unit, referenceName, target: limit } = target;
  const ratio = measured.ours / measured.reference;
  return {
    id,
    ours: measured.ours,
    reference: measured.reference,
    ratio,
    unit,
    referenceName,
    target: limit,
    met: ratio <= limit,
  };
}
