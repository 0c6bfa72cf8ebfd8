import * as fc from "fast-check";
import { vi } from "vitest";
import { createResultStore, type CreateResultStoreOptions } from "../../../src/browser/store/create-result-store.ts";
import { MemoryChannel } from "../../memory-world.ts";
import { FaultyWorld, type FaultyCall } from "../../trials/faulty-world.ts";
import { closeByForce } from "../database/lost-connections.ts";
import { fillDisk } from "../storage/full-disk.ts";
import { deleteDatabase, freshName, openRaw } from "../storage/indexed-db-tools.ts";
import { inDatabase } from "./fallback-tools.ts";

export const troublesOfBrowsers = fc.array(
  fc.record({
    kind: fc.constantFrom("delete", "upgrade", "hold", "close", "fill", "clock"),
    /** Milliseconds after the last one. */
    pause: fc.nat({ max: 100 }),
    /** Milliseconds until a held connection closes, or a full disk has room. */
    takes: fc.nat({ max: 250 }),
    /** Of the clock, in seconds. */
    jump: fc.integer({ min: -7_200, max: 7_200 }),
    store: fc.nat({ max: 1 }),
    /** Whether the disk has no room for the rows of leases either. */
    isCrammed: fc.boolean(),
  }),
  { minLength: 1, maxLength: 4 },
);
type Trouble = typeof troublesOfBrowsers extends fc.Arbitrary<(infer T)[]> ? T : never;

const after = (duration: number) => new Promise<void>((resolve) => setTimeout(resolve, duration));

/** The trouble of one database, and its end. */
class Troubles {
  readonly clocks = [0, 0];
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  async makeAll(troubles: readonly Trouble[]): Promise<void> {
    const running: Promise<unknown>[] = [];
    for (const trouble of troubles) {
      await after(trouble.pause);
      // after a close by force with a blocked upgrade, Chromium 150 answers no request of the origin any more
      if (trouble.kind === "close") await Promise.all(running);
      // one that asks for an older version than there is now is refused
      const made = this.#actions[trouble.kind]!(trouble).catch(() => {});
      running.push(made);
      if (trouble.kind === "close") await made;
    }
    await Promise.all(running);
    this.clocks.fill(0);
    // a database of a later version stays refused
    await this.#delete();
  }

  readonly #actions: Record<string, (trouble: Trouble) => Promise<unknown>> = {
    delete: () => deleteDatabase(this.#name),
    upgrade: (trouble) => this.#hold(trouble, 100 + trouble.takes),
    hold: (trouble) => this.#hold(trouble),
    close: closeByForce,
    fill: async ({ isCrammed, takes }) => {
      if (vi.isMockFunction(IDBObjectStore.prototype.put)) return;
      const full = fillDisk(isCrammed ? -1 : 0, "on the transaction");
      await after(takes);
      full.mockRestore();
    },
    clock: async ({ store, jump }) => void (this.clocks[store] = jump * 1_000),
  };

  /** The browser may still be closing the connections of the origin, this one included. */
  async #delete(): Promise<void> {
    await deleteDatabase(this.#name).catch(() => deleteDatabase(this.#name));
  }

  /** A tab that ignores the wishes of others to upgrade or delete. */
  async #hold({ takes }: Trouble, version?: number): Promise<void> {
    const database = await openRaw(this.#name, version);
    await after(takes);
    database.close();
  }
}

/**
 * Makes the calls of two stores while their database is in trouble. Rejects with what broke a promise: see `tryFaulty`.
 * Once the trouble is over, a new write of each store is in the database.
 */
export async function tryTrouble(
  troubles: readonly Trouble[],
  calls: readonly FaultyCall[],
  { isWarm = false, ...options }: CreateResultStoreOptions & { isWarm?: boolean } = {},
): Promise<void> {
  const name = freshName();
  const trouble = new Troubles(name);
  const channels = new Set<MemoryChannel>();
  const stores = trouble.clocks.map((_, store) =>
    createResultStore({
      name,
      openTimeout: 100,
      changes: new MemoryChannel(channels),
      now: () => Date.now() + trouble.clocks[store]!,
      onEvent: () => {},
      ...options,
    }),
  );
  if (isWarm) await Promise.all(stores.map((store) => store.exists("warm")));
  const world = new FaultyWorld(stores);
  let isOver = false;
  const work = Promise.all([world.makeAll(calls), trouble.makeAll(troubles)]).finally(() => (isOver = true));
  await Promise.race([work, vi.waitUntil(() => isOver, { interval: 5 })]).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${world.story.join("\n")}`, { cause: error });
  });
  // the next use tries the database at once
  for (const store of stores) await store.close();
  await world.recover();
  for (const [number, store] of stores.entries()) await store.write(`new/${number}`, number);
  const found = await inDatabase(name);
  for (const number of stores.keys()) {
    if (found[`new/${number}`] !== number) world.faults.push(`The write of ${number} is not in the database`);
  }
  for (const store of stores) await store.close();
  if (world.faults.length > 0) throw new Error(`${world.faults.join("\n")}\n${world.story.join("\n")}`);
}
