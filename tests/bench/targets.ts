/** What is measured where, and how much of the reference it may take. */
export interface Target {
  readonly id: string;
  readonly runtime: "node" | "workerd" | "chromium" | "bundle";
  readonly unit: "ns" | "ms" | "B";
  readonly referenceName: string;
  /** The ratio to stay below. */
  readonly target: number;
}

export const targets = [
  { id: "memory-hit", runtime: "node", unit: "ns", referenceName: "cachified + lru-cache", target: 0.35 },
  { id: "task-hit", runtime: "node", unit: "ns", referenceName: "ohash alone", target: 2 },
  { id: "encode-json", runtime: "node", unit: "ms", referenceName: "JSON.stringify + TextEncoder", target: 1.7 },
  { id: "decode-json", runtime: "node", unit: "ms", referenceName: "TextDecoder + JSON.parse", target: 1.3 },
  { id: "encode-rich", runtime: "node", unit: "ms", referenceName: "devalue + TextEncoder", target: 1.1 },
  { id: "encode-binary", runtime: "node", unit: "ms", referenceName: "allocate 4 MB and copy", target: 1.7 },
  { id: "decode-binary", runtime: "node", unit: "ms", referenceName: "allocate 4 MB and copy", target: 1 },
  { id: "idb-write-1000", runtime: "chromium", unit: "ms", referenceName: "raw puts, one transaction", target: 1.3 },
  { id: "idb-read-1000", runtime: "chromium", unit: "ms", referenceName: "raw gets, one transaction", target: 1.3 },
  { id: "idb-write-1", runtime: "chromium", unit: "ms", referenceName: "idb-keyval set", target: 1.1 },
  { id: "idb-read-1", runtime: "chromium", unit: "ms", referenceName: "idb-keyval get", target: 1.1 },
  { id: "idb-write-32mb", runtime: "chromium", unit: "ms", referenceName: "idb-keyval set", target: 1.3 },
  { id: "idb-read-32mb", runtime: "chromium", unit: "ms", referenceName: "idb-keyval get", target: 1.3 },
  { id: "idb-list-10000", runtime: "chromium", unit: "ms", referenceName: "idb-keyval entries", target: 0.4 },
  { id: "lock-1000", runtime: "chromium", unit: "ms", referenceName: "navigator.locks.request", target: 1.3 },
  { id: "lock-1", runtime: "chromium", unit: "ms", referenceName: "navigator.locks.request", target: 4 },
  { id: "kv-hit", runtime: "workerd", unit: "ms", referenceName: "KV.getWithMetadata", target: 1.15 },
  { id: "r2-hit", runtime: "workerd", unit: "ms", referenceName: "R2.get + arrayBuffer", target: 1.15 },
  {
    id: "edge-miss",
    runtime: "workerd",
    unit: "ms",
    referenceName: "R2.get, two calls to an object, put",
    target: 1.3,
  },
  { id: "http-hit", runtime: "chromium", unit: "ms", referenceName: "fetch + arrayBuffer", target: 1.2 },
  { id: "stampede", runtime: "chromium", unit: "ms", referenceName: "1 run, 1.5 x its time + 200 ms", target: 1 },
  { id: "size-default", runtime: "bundle", unit: "B", referenceName: "14 kB", target: 1 },
  { id: "size-store", runtime: "bundle", unit: "B", referenceName: "9 kB", target: 1 },
] as const satisfies readonly Target[];

export type BenchId = (typeof targets)[number]["id"];

/** One row of the table and of the JSON. */
export interface BenchResult extends Omit<Target, "runtime"> {
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
