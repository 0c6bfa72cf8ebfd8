import { createStore, entries, get, set } from "idb-keyval";
import {
  createResultStore,
  type GetOrComputeOptions,
  type ResultStore,
  WebLockManager,
} from "../../../src/browser/index.ts";
import { HttpStorage } from "../../../src/http/index.ts";
import { resultPath } from "../../../src/http/protocol.ts";
import { type Comparison, measure, type Measurement } from "../measure.ts";
import { gets, openRawDatabase, puts } from "./raw-indexed-db.ts";
import { createStore as createTestStore } from "../../stores.ts";

type BrowserCase = (server: string) => Comparison | Promise<Comparison>;

/** By the ids in `targets.ts`. */
const browserCases: Readonly<Record<string, BrowserCase>> = {
  "idb-write-1000": writeAtOnce,
  "idb-read-1000": readAtOnce,
  "idb-write-1": () => writeInTurn(100, 1_024),
  "idb-read-1": () => readInTurn(100, 1_024),
  "idb-write-32mb": () => writeInTurn(1, 32 * 2 ** 20),
  "idb-read-32mb": () => readInTurn(1, 32 * 2 ** 20),
  "idb-list-10000": list,
  "swr-hit": staleHit,
  "http-hit": httpHit,
  "lock-1000": () => lock(1_000, (work) => Promise.all(indexes(1_000).map(work))),
  "lock-1": () => lock(100, (work) => inTurn(100, work)),
};

async function writeAtOnce(): Promise<Comparison> {
  const store = openStore("write-at-once");
  const raw = await openRawDatabase("raw-write-at-once");
  const value = bytes(1_024);
  const keysOf = (round: number): string[] => indexes(1_000).map((i) => `${round}/${i}`);
  return {
    ours: (round) => Promise.all(keysOf(round).map((key) => store.write(key, value))),
    reference: (round) => puts(raw, keysOf(round), value),
    count: 1,
  };
}

async function readAtOnce(): Promise<Comparison> {
  const store = openStore("read-at-once");
  const raw = await openRawDatabase("raw-read-at-once");
  const keys = indexes(1_000).map((i) => `key/${i}`);
  await Promise.all(keys.map((key) => store.write(key, bytes(1_024))));
  await puts(raw, keys, bytes(1_024));
  return { ours: () => Promise.all(keys.map((key) => store.read(key))), reference: () => gets(raw, keys), count: 1 };
}

function writeInTurn(count: number, length: number): Comparison {
  const store = openStore("write-in-turn");
  const keyval = createStore("keyval-write-in-turn", "values");
  const value = floats(length);
  return {
    ours: (round) => inTurn(count, (i) => store.write(`${round % 3}/${i}`, value)),
    reference: (round) => inTurn(count, (i) => set(`${round % 3}/${i}`, value, keyval)),
    count,
  };
}

async function readInTurn(count: number, length: number): Promise<Comparison> {
  const store = openStore("read-in-turn");
  const keyval = createStore("keyval-read-in-turn", "values");
  const value = floats(length);
  await inTurn(count, (i) => store.write(`${i}`, value));
  await inTurn(count, (i) => set(`${i}`, value, keyval));
  return {
    ours: () => inTurn(count, async (i) => (await store.read(`${i}`))?.result),
    reference: () => inTurn(count, (i) => get(`${i}`, keyval)),
    count,
  };
}

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
      await new Promise((resolve) => setTimeout(resolve, 2));
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

async function list(): Promise<Comparison> {
  const store = openStore("list");
  const keyval = createStore("keyval-list", "values");
  const value = bytes(10_000);
  for (const part of indexes(10)) {
    const keys = indexes(1_000).map((i) => `${part}/${i}`);
    await Promise.all(keys.map((key) => store.write(key, value)));
    await Promise.all(keys.map((key) => set(key, value, keyval)));
  }
  return { ours: () => listAll(store), reference: () => entries(keyval), count: 1 };
}

async function listAll(store: ResultStore): Promise<number> {
  let found = 0;
  let cursor: string | undefined;
  do {
    const page = await store.list({ cursor });
    found += page.records.length;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
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

function openStore(name: string): ResultStore {
  return createResultStore({ name, cacheResultInMemory: false });
}

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 31);
}

function floats(byteLength: number): Float32Array {
  return Float32Array.from({ length: byteLength / 4 }, (_, i) => i / 3);
}

function indexes(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

async function inTurn(count: number, work: (i: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) await work(i);
}

/** Of a record of 1 kB, by one after another. */
async function httpHit(server: string): Promise<Comparison> {
  const count = 20;
  const store = createTestStore({ resultStorage: new HttpStorage({ url: server }), cacheResultInMemory: false });
  await store.write("http-hit", bytes(1_024));
  const refuse = (): never => {
    throw new Error("This was to be a hit");
  };
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

/** What one tab of a stampede saw; times are milliseconds since 1970. */
export interface StampedeReport {
  readonly runs: number;
  readonly lastDone: number;
}

/** From the moment `at` on many callers want the same result, which takes `work` milliseconds to compute. */
export async function stampede({
  key,
  at,
  callers,
  work,
}: {
  key: string;
  at: number;
  callers: number;
  work: number;
}): Promise<StampedeReport> {
  const store = createResultStore({ name: "stampede" });
  let runs = 0;
  const compute = async (): Promise<number> => {
    runs++;
    await delay(work);
    return runs;
  };
  await delay(at - Date.now());
  await Promise.all(indexes(callers).map(() => store.getOrCompute(key, compute)));
  return { runs, lastDone: Date.now() };
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
