import * as fc from "fast-check";
import { IsolationLevel } from "../../src/core/locks/isolation-level.ts";
import type { ResultLockManager } from "../../src/core/locks/result-lock-manager.ts";
import type { ResultStorage } from "../../src/core/storages/result-storage.ts";
import type { ResultStore } from "../../src/core/store/result-store.ts";
import { isRepriseError } from "../../src/errors/index.ts";
import { createChaos } from "../../src/testing/index.ts";
import { MemoryChannel } from "../memory-world.ts";
import { createStore, transaction } from "../stores.ts";

const kinds = ["read", "write", "delete", "invalidate", "clear", "getOrCompute", "refresh", "withLock", "transaction"] as const; // prettier-ignore

export interface FaultyCall {
  readonly kind: (typeof kinds)[number];
  readonly store: number;
  readonly key: string;
  /** Milliseconds before the next call begins. */
  readonly pause: number;
  /** Milliseconds that a computation or work under a lock takes. */
  readonly takes: number;
}

export const faultyCalls: fc.Arbitrary<FaultyCall[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    store: fc.nat({ max: 1 }),
    key: fc.constantFrom("a", "b"),
    pause: fc.nat({ max: 30 }),
    takes: fc.nat({ max: 30 }),
  }),
  { minLength: 1, maxLength: 14 },
);

const share = fc.constantFrom(0, 0.1, 0.3);
export const troubles = fc.record({
  seed: fc.nat(),
  failures: share,
  lostAnswers: share,
  repeats: share,
  delays: fc.constantFrom(0, 0.5),
});
export type Trouble = typeof troubles extends fc.Arbitrary<infer T> ? T : never;

interface Value {
  readonly key: string;
  /** When its computation began, or its write. */
  readonly number: number;
}

/** A change that succeeded. */
interface Change {
  readonly covers: (key: string) => boolean;
  readonly began: number;
  readonly ended: number;
}

export interface FaultyParts {
  readonly storage: ResultStorage;
  readonly locks: ResultLockManager;
  /** Whether the locks fail too, which takes half a minute of the clock. */
  readonly locksFail: boolean;
  /** Resolves once `ended` is true. Rejects if it never is. */
  readonly until: (ended: () => boolean) => Promise<unknown>;
}

/**
 * Makes the calls of two stores over parts that fail, and returns how many faults there were. Rejects with what broke a promise:
 * every call ends; an error is typed and names its key; a cached call gets its value all the same; no value is served that was not
 * made for its key, or that a change which succeeded had made outdated; once the faults end, every key can be computed and written.
 */
export async function tryFaulty(parts: FaultyParts, trouble: Trouble, calls: readonly FaultyCall[]): Promise<number> {
  const chaos = createChaos({ ...trouble, maxDelay: 20 });
  const channels = new Set<MemoryChannel>();
  const stores = [0, 1].map(() =>
    createStore({
      resultStorage: chaos.storage(parts.storage),
      lockManager: parts.locksFail ? chaos.lockManager(parts.locks) : parts.locks,
      changes: new MemoryChannel(channels),
      onEvent: () => {},
    }),
  );
  const world = new FaultyWorld(stores);
  const settle = async (work: Promise<unknown>) => {
    let isOver = false;
    void work.finally(() => (isOver = true));
    await parts.until(() => isOver);
    await work;
  };
  await settle(world.makeAll(calls));
  chaos.stop();
  // a lock whose release failed lasts as long as its lease
  if (parts.locksFail) await settle(after(31_000));
  await settle(world.recover());
  if (world.faults.length > 0) throw new Error(`${world.faults.join("\n")}\n${world.story.join("\n")}`);
  return chaos.faults.length;
}

const after = (duration: number) => new Promise<void>((resolve) => setTimeout(resolve, duration));

/** Calls of two stores, and what of their outcomes breaks a promise. */
export class FaultyWorld {
  readonly faults: string[] = [];
  readonly story: string[] = [];
  readonly #stores: readonly ResultStore[];
  readonly #changes: Change[] = [];
  /** When each value that was written by hand had its last chance to be kept. */
  readonly #written = new Map<number, number>();
  #time = 0;

  constructor(stores: readonly ResultStore[]) {
    this.#stores = stores;
  }

  async makeAll(calls: readonly FaultyCall[]): Promise<void> {
    const running: Promise<void>[] = [];
    for (const call of calls) {
      running.push(this.#make(call));
      await after(call.pause);
    }
    await Promise.all(running);
  }

  /** After the faults. */
  async recover(): Promise<void> {
    for (const key of ["a", "b"]) {
      for (const kind of ["getOrCompute", "write", "read", "delete", "getOrCompute", "withLock"] as const)
        await this.#make({ kind, key, store: this.#time % 2, pause: 0, takes: 1 }, true);
    }
  }

  async #make({ kind, store, key, takes }: FaultyCall, isSound = false): Promise<void> {
    const began = ++this.#time;
    const name = `${began}: ${kind} of ${key} in ${store}`;
    this.story.push(name);
    const outcome = await this.#actions[kind](this.#stores[store]!, key, takes, began).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const ended = ++this.#time;
    this.story.push(`${ended}: end of ${began}: ${JSON.stringify(outcome)}`);
    if ("error" in outcome) {
      const { error } = outcome;
      const isCached = kind === "getOrCompute" || kind === "refresh";
      if (isSound || isCached || !isRepriseError(error)) this.faults.push(`${name} rejects with ${String(error)}`);
      else if (kind !== "clear" && kind !== "invalidate" && error.key !== key)
        this.faults.push(`${name} rejects without its key: ${error.message}`);
      return;
    }
    const { value } = outcome;
    if (value) this.#judge(name, key, value, began);
    if (["write", "delete", "invalidate", "clear"].includes(kind))
      this.#changes.push({ covers: (each) => kind === "clear" || each === key, began, ended });
  }

  /** By whatever took place before the call. */
  #judge(name: string, key: string, value: Value, asked: number): void {
    if (value.key !== key) this.faults.push(`${name} got a value of ${value.key}`);
    const last = this.#written.get(value.number) ?? value.number;
    for (const { covers, began, ended } of this.#changes) {
      if (covers(key) && ended < asked && last < began)
        this.faults.push(`${name} got ${value.number}, outdated since ${began}`);
    }
  }

  readonly #actions: Record<
    FaultyCall["kind"],
    (store: ResultStore, key: string, takes: number, began: number) => Promise<Value | undefined>
  > = {
    read: async (store, key) => (await store.read(key))?.result as Value | undefined,
    write: (store, key, _, number) => this.#write(number, () => store.write(key, { key, number })),
    delete: (store, key) => store.delete(key).then(() => undefined),
    invalidate: (store, key) => store.invalidate(key).then(() => undefined),
    clear: (store) => store.clear().then(() => undefined),
    getOrCompute: (store, key, takes) => store.getOrCompute(key, () => this.#compute(key, takes)),
    refresh: (store, key, takes) => store.getOrCompute(key, () => this.#compute(key, takes), { refresh: true }),
    withLock: (store, key, takes, number) =>
      this.#write(number, () =>
        store.withLock(key, async ({ holder }) => {
          await store.read(key, { holder });
          await after(takes);
          await store.write(key, { key, number }, { holder });
        }),
      ),
    transaction: (store, key, takes, number) =>
      this.#write(number, () =>
        transaction({ store, key, isolationLevel: IsolationLevel.SERIALIZABLE }, async (txn) => {
          if (txn.isCommitted()) return;
          await after(takes);
          txn.stage({ key, number });
        }),
      ),
  };

  async #compute(key: string, takes: number): Promise<Value> {
    const number = ++this.#time;
    await after(takes);
    return { key, number };
  }

  async #write(number: number, write: () => Promise<unknown>): Promise<undefined> {
    this.#written.set(number, Infinity);
    try {
      await write();
    } finally {
      this.#written.set(number, this.#time + 1);
    }
  }
}
