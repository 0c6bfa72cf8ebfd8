/** Where the virtual clock begins, in milliseconds since 1970. */
const beginning = Date.UTC(2026, 0, 1);

const realImmediate = setImmediate;

interface Timer {
  at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/**
 * Time in which nothing takes time but what says so: while it runs, timers and clocks of the whole process are its own, so
 * that the real code goes through an hour in seconds, the same way each time. Whole milliseconds; I/O of the machine has no part in it.
 */
export class VirtualTime {
  #now = 0;
  #order = 0;
  /** A binary heap, the next one first. */
  readonly #timers: Timer[] = [];

  /** Milliseconds since it began. */
  get now(): number {
    return this.#now;
  }

  /** Calls `run` after `delay` milliseconds. */
  later(delay: number, run: () => void): Timer {
    const timer = { at: this.#now + Math.max(1, Math.ceil(delay)), order: this.#order++, run };
    this.#timers.push(timer);
    this.#rise(this.#timers.length - 1);
    return timer;
  }

  sleep(delay: number): Promise<void> {
    return new Promise((resolve) => this.later(delay, resolve));
  }

  /** Runs what is due until `end`, and with each millisecond all that follows from it. */
  async runUntil(end: number): Promise<void> {
    await settle();
    for (let next = this.#timers[0]; next && next.at <= end; next = this.#timers[0]) {
      this.#now = next.at;
      while (this.#timers[0]?.at === this.#now) this.#take().run?.();
      await settle();
    }
    this.#now = end;
  }

  /** Makes it the time of this process while `work` goes on, and chance the same each time. `globals` are there meanwhile. */
  async rule<T>(work: () => Promise<T>, globals: Readonly<Record<string, unknown>> = {}): Promise<T> {
    const undo = [
      ...Object.entries(globals).map(([name, value]) => replace(globalThis, name, value)),
      replace(globalThis, "setTimeout", (run: () => void, delay = 0) => handleOf(this.later(delay, run))),
      replace(globalThis, "clearTimeout", stop),
      replace(globalThis, "setInterval", (run: () => void, delay = 0) => this.#repeat(delay, run)),
      replace(globalThis, "clearInterval", stop),
      replace(Date, "now", () => beginning + this.#now),
      replace(performance, "now", () => this.#now),
      replace(Math, "random", randomOf(2)),
    ];
    try {
      return await work();
    } finally {
      for (const restore of undo) restore();
    }
  }

  #repeat(delay: number, run: () => void): Handle {
    const handle = handleOf(undefined);
    const next = () => {
      handle.timer = this.later(delay, () => {
        next();
        run();
      });
    };
    next();
    return handle;
  }

  #take(): Timer {
    const first = this.#timers[0]!;
    const last = this.#timers.pop()!;
    if (last !== first) {
      this.#timers[0] = last;
      this.#sink();
    }
    return first;
  }

  #rise(from: number): void {
    for (let i = from; i > 0;) {
      const above = (i - 1) >> 1;
      if (!this.#swapIfEarlier(i, above)) return;
      i = above;
    }
  }

  #sink(): void {
    for (let i = 0; ;) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      const below = right < this.#timers.length && isEarlier(this.#timers[right]!, this.#timers[left]!) ? right : left;
      if (below >= this.#timers.length || !this.#swapIfEarlier(below, i)) return;
      i = below;
    }
  }

  #swapIfEarlier(lower: number, upper: number): boolean {
    const [below, above] = [this.#timers[lower]!, this.#timers[upper]!];
    if (!isEarlier(below, above)) return false;
    [this.#timers[lower], this.#timers[upper]] = [above, below];
    return true;
  }
}

function isEarlier(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** What `setTimeout` gives. */
interface Handle {
  timer: Timer | undefined;
  unref(): Handle;
}

function handleOf(timer: Timer | undefined): Handle {
  const handle: Handle = { timer, unref: () => handle };
  return handle;
}

function stop(handle: Handle | undefined): void {
  if (handle?.timer) handle.timer.run = undefined;
}

/** Until every promise that could go on has. */
function settle(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve));
}

function replace(target: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(target, name, before);
    else Reflect.deleteProperty(target, name);
  };
}

/** Numbers from 0 to 1, the same each time (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
