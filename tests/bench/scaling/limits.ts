/** What Cloudflare's documents say of a month on the paid plan, in US dollars; docs/scaling.md has the addresses. */
export const prices = {
  workerRequests: { included: 10e6, perMillion: 0.3 },
  workerCpuMilliseconds: { included: 30e6, perMillion: 0.02 },
  kvReads: { included: 10e6, perMillion: 0.5 },
  kvWrites: { included: 1e6, perMillion: 5 },
  kvBytes: { included: 1e9, perMillion: 0.5e-3 },
  r2Reads: { included: 10e6, perMillion: 0.36 },
  r2Writes: { included: 1e6, perMillion: 4.5 },
  r2Bytes: { included: 10e9, perMillion: 0.015e-3 },
  objectRequests: { included: 1e6, perMillion: 0.15 },
  objectGigabyteSeconds: { included: 400_000, perMillion: 12.5 },
  objectRowsWritten: { included: 50e6, perMillion: 1 },
} as const;

export type Billed = keyof typeof prices;

/** A month of the plan itself. */
export const subscription = 5;

/** Times are milliseconds. */
export const limits = {
  /** For how long KV serves what it has read, an absence too: "60 seconds or more". */
  kvStaleness: 60_000,
  /** Between two writes of a key that KV takes. */
  kvWriteInterval: 1_000,
  /** The same for R2. */
  r2WriteInterval: 1_000,
  /** What one Durable Object takes, by its "soft limit". */
  objectCallsPerSecond: 1_000,
  /** What a Durable Object is billed for while it is at work, in gigabytes. */
  objectMemory: 0.128,
} as const;
