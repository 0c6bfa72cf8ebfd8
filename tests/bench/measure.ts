/** The same work done by this library and by what it is compared with. */
export interface Comparison {
  ours: (round: number) => unknown;
  reference: (round: number) => unknown;
  /** How often one call of either does the work. */
  count: number;
  /** Whether both return their own times in milliseconds, since only parts of them count. */
  timesItself?: boolean;
}

/** Milliseconds for doing the work once, as medians. */
export interface Measurement {
  readonly ours: number;
  readonly reference: number;
}

const warmUps = 2;
const rounds = 11;

/** Interleaved, and in turns first, so that what else the machine does and where the heap stands meet both alike. */
export async function measure({ ours, reference, count, timesItself }: Comparison): Promise<Measurement> {
  const times = { ours: [] as number[], reference: [] as number[] };
  const time = async (name: keyof typeof times, work: Comparison["ours"], round: number): Promise<void> => {
    const started = performance.now();
    const own = await work(round);
    const taken = (timesItself ? (own as number) : performance.now() - started) / count;
    if (round >= warmUps) times[name].push(taken);
  };
  for (let round = 0; round < warmUps + rounds; round++) {
    if (round % 2 === 0) await time("ours", ours, round);
    await time("reference", reference, round);
    if (round % 2 === 1) await time("ours", ours, round);
  }
  return { ours: median(times.ours), reference: median(times.reference) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
