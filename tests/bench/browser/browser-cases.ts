import { createResultStore, type GetOrComputeOptions, WebLockManager } from "../../../src/browser/index.ts";
import { HttpStorage } from "../../../src/http/index.ts";
import { resultPath } from "../../../src/http/requests/protocol.ts";
import { createStore } from "../../stores.ts";
import { type Comparison, measure, type Measurement } from "../measure.ts";
import { hitInTurn, list, missInTurn, readAtOnce, readInTurn, writeAtOnce, writeInTurn } from "./indexed-db-cases.ts";
import { bytes, delay, floats, indexes, inTurn, refuse } from "./repeat.ts";

export { stampede } from "./stampede-tab.ts";

type BrowserCase = (server: string) => Comparison | Promise<Comparison>;

/** By the ids in `targets.ts`. */
export const browserCases: Readonly<Record<string, BrowserCase>> = {
  "idb-write-1000": writeAtOnce,
  "idb-read-1000": readAtOnce,
  "idb-write-1": () => writeInTurn(100, 1_024),
  "idb-read-1": () => readInTurn(100, 1_024),
  "idb-hit-1": () => hitInTurn(100, 1_024),
  "idb-miss-1": () => missInTurn(50, 1_024),
  "idb-write-32mb": () => writeInTurn(1, 32 * 2 ** 20),
  "idb-read-32mb": () => readInTurn(1, 32 * 2 ** 20),
  "idb-list-10000": list,
  "swr-hit": staleHit,
  "http-hit": httpHit,
  "lock-1000": () => lock(1_000, (work) => Promise.all(indexes(1_000).map(work))),
  "lock-1": () => lock(100, (work) => inTurn(100, work)),
};

/** The refresh of a stale hit ends before the next hit, outside of the measured time. */
function staleHit(): Comparison {
  const count = 20;
  let tellReleased = (): void => {};
  const store = createResultStore({
    name: `stale-hit ${crypto.randomUUID()}`,
    cacheResultInMemory: false,
    onEvent: ({ type }) => type === "lock-released" && tellReleased(),
  });
  const value = floats(1_024);
  const hit = async (key: string, options: GetOrComputeOptions): Promise<number> => {
    const started = performance.now();
    await store.getOrCompute(key, () => value, options);
    return performance.now() - started;
  };
  const sum = async (one: (i: number) => Promise<number>): Promise<number> => {
    let total = 0;
    await inTurn(count, async (i) => {
      total += await one(i);
      await delay(2);
    });
    return total;
  };
  return {
    count,
    timesItself: true,
    // the first round computes
    ours: () =>
      sum(async (i) => {
        const released = new Promise<void>((resolve) => (tellReleased = resolve));
        const taken = await hit(`stale/${i}`, { expiresIn: 1, staleWhileRevalidate: "1d" });
        await released;
        return taken;
      }),
    reference: () => sum((i) => hit(`fresh/${i}`, {})),
  };
}

function lock(count: number, repeat: (work: (i: number) => Promise<void>) => Promise<unknown>): Comparison {
  const locks = new WebLockManager({ name: "locks" });
  return {
    ours: () =>
      repeat(async (i) => {
        await locks.acquireLock(`${i}`, `holder ${i}`, { holdTimeout: 30_000 });
        await locks.releaseLock(`${i}`, `holder ${i}`);
      }),
    reference: () => repeat((i) => navigator.locks.request(`raw ${i}`, async () => {})),
    count: count === 1_000 ? 1 : count,
  };
}

/** Of a record of 1 kB, by one after another. */
async function httpHit(server: string): Promise<Comparison> {
  const count = 20;
  const store = createStore({ resultStorage: new HttpStorage({ url: server }), cacheResultInMemory: false });
  await store.write("http-hit", bytes(1_024));
  const raw = async (): Promise<ArrayBuffer> => (await fetch(`${server}${resultPath("http-hit")}`)).arrayBuffer();
  return {
    ours: () => inTurn(count, () => store.getOrCompute("http-hit", refuse)),
    reference: () => inTurn(count, raw),
    count,
  };
}

export interface CaseOrder {
  readonly id: string;
  /** The API, for the cases that need it. */
  readonly server?: string;
}

/** Measures the case in this page. */
export async function runCase({ id, server = "" }: CaseOrder): Promise<Measurement> {
  const prepare = browserCases[id];
  if (prepare === undefined) throw new Error(`There is no case "${id}"`);
  return measure(await prepare(server));
}
