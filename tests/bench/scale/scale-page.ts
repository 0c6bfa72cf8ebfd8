import { createResultStore, IndexedDbStorage, type ResultStore } from "../../../src/browser/index.ts";
import { createStore } from "../../stores.ts";
import { listAll } from "../browser/indexed-db-cases.ts";
import { bytes, delay, indexes, inTurn, refuse } from "../browser/repeat.ts";
import { median } from "../measure.ts";

/** Times in milliseconds. */
export interface OperationReport {
  readonly milliseconds: number;
  /** The longest task of the page meanwhile. 0: none took 50 ms, from where on browsers report them. */
  readonly longestTask: number;
  /** The longest of the hits that were asked for meanwhile, one after another. */
  readonly longestHit: number;
}

const prefixes = 10;

function nameOf(count: number): string {
  return `scale ${count}`;
}

function keyOf(i: number): string {
  return `all/${i % prefixes}/${Math.floor(i / prefixes)}`;
}

/** Records of 1 kB, a tenth of them under each prefix. Those under `all/9/` have expired. This store sweeps only when asked. */
export async function fill(count: number): Promise<void> {
  const store = createStore({
    resultStorage: new IndexedDbStorage({ name: nameOf(count) }),
    cacheResultInMemory: false,
  });
  const value = bytes(1_024);
  await inTurn(count / 1_000, (part) =>
    Promise.all(
      indexes(1_000)
        .map((i) => keyOf(part * 1_000 + i))
        .map((key) => store.write(key, value, { expiresIn: key.startsWith("all/9/") ? 1 : "1d" })),
    ),
  );
}

let store: ResultStore;

/** By the names of `operations` in `scale.ts`. */
const operations: Readonly<Record<string, (count: number) => unknown>> = {
  open: (count) => {
    store = createResultStore({ name: nameOf(count), cacheResultInMemory: false });
    return store.getOrCompute(keyOf(0), refuse);
  },
  list: () => listAll(store),
  sweep: () => store.sweep(),
  expire: () => store.invalidate({ prefix: "all/3/" }, { mode: "expire" }),
  delete: () => store.invalidate({ prefix: "all/4/" }),
  deleteAll: () => store.invalidate({ prefix: "all/" }),
};

export async function operate({ name, count }: { name: string; count: number }): Promise<OperationReport> {
  if (name === "hit") return hits(count);
  let longestTask = 0;
  const note = ({ duration }: PerformanceEntry): void => void (longestTask = Math.max(longestTask, duration));
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(note));
  observer.observe({ type: "longtask" });
  const started = performance.now();
  const working = Promise.resolve(operations[name]!(count)).then(() => performance.now() - started);
  const meanwhile = name === "open" || name === "deleteAll" ? Promise.resolve(0) : longestHitUntil(working);
  const milliseconds = await working;
  const longestHit = await meanwhile;
  // a task is reported after its end
  await delay(0);
  observer.takeRecords().forEach(note);
  observer.disconnect();
  return { milliseconds, longestTask, longestHit };
}

async function hits(count: number): Promise<OperationReport> {
  const times: number[] = [];
  await inTurn(51, async (i) => times.push(await timeHit(Math.floor((i * count) / 60))));
  return { milliseconds: median(times), longestTask: 0, longestHit: Math.max(...times) };
}

/** Of a key that nothing here deletes. */
async function timeHit(i: number): Promise<number> {
  const started = performance.now();
  await store.getOrCompute(keyOf(i - (i % prefixes)), refuse);
  return performance.now() - started;
}

async function longestHitUntil(end: Promise<unknown>): Promise<number> {
  let [longest, ended] = [0, false];
  void end.finally(() => (ended = true));
  for (let i = 0; !ended; i += prefixes) {
    longest = Math.max(longest, await timeHit(i % 1_000));
    await delay(20);
  }
  return longest;
}
