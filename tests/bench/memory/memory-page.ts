import { createStore, delMany, entries, get, set, setMany } from "idb-keyval";
import { createResultStore, IndexedDbStorage } from "../../../src/browser/index.ts";
import { createStore as createTestStore } from "../../stores.ts";
import { listAll } from "../browser/indexed-db-cases.ts";
import { bytes, floats, indexes, inTurn } from "../browser/repeat.ts";
import { open } from "../peers/idb-keyval.ts";

export type Side = "ours" | "reference";

interface Work {
  /** Fills the database, in a browser of its own. */
  readonly prepare?: (side: Side) => Promise<void>;
  readonly ours: () => Promise<unknown>;
  readonly reference: () => Promise<unknown>;
}

const name = "memory";
const listed = 100_000;
const inFlight = 10_000;

/** By the ids in `targets.ts`. */
export const memoryWorks: Readonly<Record<string, Work>> = {
  "mem-100mb": {
    ours: async () => {
      const store = createResultStore({ name, cacheResultInMemory: false });
      await store.write("large", floats(100e6));
      return (await store.read("large"))?.result;
    },
    reference: async () => {
      await set("large", floats(100e6));
      return get<unknown>("large");
    },
  },
  "mem-list-100000": {
    prepare: fill,
    ours: async () => {
      const store = createResultStore({ name });
      const found = await listAll(store);
      const { expired } = await store.sweep();
      check([found, expired]);
    },
    reference: async () => {
      const all = await entries<string, Kept>(keptByHand());
      const gone = all.filter(([, { expires }]) => expires <= Date.now()).map(([key]) => key);
      await delMany(gone, keptByHand());
      check([all.length, gone.length]);
    },
  },
  "mem-flight-10000": {
    ours: () => {
      const store = createResultStore({ name, cacheResultInMemory: false });
      const compute = gated();
      return Promise.all(indexes(inFlight).map((i) => store.getOrCompute(`${i}`, compute)));
    },
    reference: () => {
      const byHand = open(gated(), () => {});
      return Promise.all(indexes(inFlight).map((i) => byHand.get(`${i}`)));
    },
  },
};

interface Kept {
  readonly value: unknown;
  readonly expires: number;
}

function keptByHand(): ReturnType<typeof createStore> {
  return createStore(`${name} by hand`, "values");
}

/** Every tenth one has expired. The store here sweeps only when asked. */
async function fill(side: Side): Promise<void> {
  const store = createTestStore({ resultStorage: new IndexedDbStorage({ name }), cacheResultInMemory: false });
  const value = bytes(1_024);
  await inTurn(listed / 1_000, async (part) => {
    const keys = indexes(1_000).map((i) => `${part}/${i}`);
    const expires = Date.now() + (part % 10 === 0 ? 1 : 86_400_000);
    if (side === "ours")
      await Promise.all(keys.map((key) => store.write(key, value, { expiration: new Date(expires) })));
    else
      await setMany(
        keys.map((key) => [key, { value, expires } satisfies Kept]),
        keptByHand(),
      );
  });
}

function check(counts: readonly number[]): void {
  const wanted = [listed, listed / 10];
  if (String(counts) !== String(wanted))
    throw new Error(`Listed and swept ${counts.join(", ")}, not ${wanted.join(", ")}`);
}

/** A computation that ends once all keys have begun theirs. */
function gated(): () => Promise<Uint8Array> {
  let begun = 0;
  let openGate!: () => void;
  const gate = new Promise<void>((resolve) => (openGate = resolve));
  return async () => {
    if (++begun === inFlight) openGate();
    await gate;
    return bytes(1_024);
  };
}

interface Order {
  readonly id: string;
  readonly side: Side;
}

/** Resolves to whether there was anything to prepare. */
export async function prepare({ id, side }: Order): Promise<boolean> {
  await memoryWorks[id]?.prepare?.(side);
  return memoryWorks[id]?.prepare !== undefined;
}

export async function work({ id, side }: Order): Promise<void> {
  await memoryWorks[id]![side]();
}
