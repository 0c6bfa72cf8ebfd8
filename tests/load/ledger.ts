/** A span of time by one clock, in milliseconds. The end is absent while it lasts. */
interface Span {
  /** When the call began that led to it: its lock may have been taken at any time since. */
  readonly asked: number;
  readonly began: number;
  ended?: number;
}

interface Slot {
  /** The values that the record may have: the last one that was acknowledged, and those whose fate is unknown. */
  possible: unknown[];
}

/** What clients did with their keys, to tell what got lost and what was computed twice. `null` stands for no record. */
export class Ledger {
  readonly #slots = new Map<string, Slot>();
  readonly #computations = new Map<string, Span[]>();
  readonly #invalidations = new Map<string, Span[]>();
  readonly #increments = new Map<string, { acknowledged: number; unknown: number }>();
  readonly #now: () => number;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** The keys that were written or deleted. */
  get keys(): string[] {
    return [...this.#slots.keys()];
  }

  /** Notes a write (or with `null` a deletion) of a key that has one writer. Rejects as `work` does. */
  async write(key: string, value: unknown, work: () => Promise<unknown>): Promise<void> {
    const slot = this.#slots.get(key) ?? { possible: [null] };
    this.#slots.set(key, slot);
    slot.possible.push(value);
    await work();
    slot.possible = [value];
  }

  /** Whether a record was lost, or is one that nobody left there. */
  lost(key: string, found: unknown): string[] {
    const { possible } = this.#slots.get(key) ?? { possible: [null] };
    if (possible.some((value) => value === found)) return [];
    return [`${key} is lost: ${short(found)} and none of ${possible.map(short).join(", ")}`];
  }

  /** Notes a call that may compute: it is given the function that notes the computation. */
  async call<T, R>(
    key: string,
    work: (compute: () => Promise<T>) => Promise<R>,
    compute: () => Promise<T>,
  ): Promise<R> {
    const asked = this.#now();
    return work(() => this.#span(this.#computations, key, compute, asked));
  }

  /** Notes an invalidation of a key. */
  async invalidate(key: string, work: () => Promise<unknown>): Promise<void> {
    await this.#span(this.#invalidations, key, work);
  }

  /** A computation is one too many if the value of the one before counted still, and nobody had invalidated it. */
  twice(expiresIn: number): string[] {
    return [...this.#computations].flatMap(([key, spans]) =>
      spans.slice(1).flatMap((span, i) => {
        const before = spans[i]!;
        const isOver = span.began >= before.began + expiresIn;
        const isInvalidated = (this.#invalidations.get(key) ?? []).some(
          ({ began, ended = Infinity }) => began <= span.began && ended >= before.asked,
        );
        if (isOver || isInvalidated) return [];
        return [`${key} was computed twice within ${Math.round(span.began - before.began)} ms`];
      }),
    );
  }

  /** Notes that a counter was increased under its lock. */
  async increase(key: string, work: () => Promise<unknown>): Promise<void> {
    const count = this.#increments.get(key) ?? { acknowledged: 0, unknown: 0 };
    this.#increments.set(key, count);
    count.unknown++;
    await work();
    count.unknown--;
    count.acknowledged++;
  }

  get counters(): string[] {
    return [...this.#increments.keys()];
  }

  /** Whether an increment of a counter was lost, or counted twice. */
  miscounted(key: string, found: number): string[] {
    const { acknowledged, unknown } = this.#increments.get(key)!;
    if (found >= acknowledged && found <= acknowledged + unknown) return [];
    return [`${key} is ${found} after ${acknowledged} increments, and ${unknown} that may have been lost`];
  }

  async #span<T>(spans: Map<string, Span[]>, key: string, work: () => Promise<T>, asked = this.#now()): Promise<T> {
    const span: Span = { asked, began: this.#now() };
    spans.set(key, [...(spans.get(key) ?? []), span]);
    try {
      return await work();
    } finally {
      span.ended = this.#now();
    }
  }
}

/** Whether memory grew by more than a part of it and some room, from the middle of a run to its end. */
export function grown(samples: readonly number[], { part, room }: { part: number; room: number }): string[] {
  const fifth = Math.ceil(samples.length / 5);
  const middle = median(samples.slice(2 * fifth, 3 * fifth));
  const end = median(samples.slice(-fifth));
  if (end <= middle * (1 + part) + room) return [];
  return [`memory grew from ${megabytes(middle)} to ${megabytes(end)} MB`];
}

export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const median = (numbers: readonly number[]) => quantile(numbers, 0.5);

export const megabytes = (bytes: number) => Math.round(bytes / 1e6);

const short = (value: unknown) => String(value).slice(0, 40);
