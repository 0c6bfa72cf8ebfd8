import { createResultStore, R2Storage, type ResultStore, type PartialStoreOptions } from "../../../src/edge/index.ts";
import type { Env } from "../../../workers/api/env.ts";
import type { Comparison } from "../measure.ts";

type WorkerdCase = (env: Env) => Promise<Comparison>;

/** By the ids in `targets.ts`. */
export const workerdCases: Readonly<Record<string, WorkerdCase>> = {
  "kv-hit": kvHit,
  "r2-hit": r2Hit,
  "edge-miss": edgeMiss,
};

const value = new Uint8Array(1_024);
const lease = 30_000;

/** A store whose `settled` resolves once what goes on after its answers is done. */
function openStore(
  env: Env,
  options: PartialStoreOptions = {},
): { store: ResultStore; settled: () => Promise<unknown> } {
  let last: Promise<unknown> = Promise.resolve();
  const waitUntil = (promise: Promise<unknown>): void => void (last = promise);
  const store = createResultStore({ env, cacheResultInMemory: false, waitUntil, ...options });
  return { store, settled: () => last };
}

async function kvHit(env: Env): Promise<Comparison> {
  const count = 200;
  const { store, settled } = openStore(env);
  await store.write("kv-hit", value);
  // the first read brings the copy up to date, should it lag behind
  await store.read("kv-hit");
  await settled();
  const raw = `raw-${crypto.randomUUID()}`;
  await env.RESULTS_KV.put(raw, await recordBytes(store), { metadata: { some: "metadata" } });
  return {
    ours: repeat(count, () => store.getOrCompute("kv-hit", refuse)),
    reference: repeat(count, () => env.RESULTS_KV.getWithMetadata(raw, "arrayBuffer")),
    count,
  };
}

async function r2Hit(env: Env): Promise<Comparison> {
  const count = 100;
  const { store } = openStore(env, { resultStorage: new R2Storage({ bucket: env.RESULTS_R2 }) });
  await store.write("r2-hit", value);
  const raw = `raw-${crypto.randomUUID()}`;
  await env.RESULTS_R2.put(raw, await recordBytes(store));
  return {
    ours: repeat(count, () => store.getOrCompute("r2-hit", refuse)),
    reference: repeat(count, async () => (await env.RESULTS_R2.get(raw))?.arrayBuffer()),
    count,
  };
}

/** Until the record is kept and the lock released, though a caller is answered earlier. */
async function edgeMiss(env: Env): Promise<Comparison> {
  const count = 20;
  const { store, settled } = openStore(env);
  const bytes = await recordBytes(store);
  const raw = async (): Promise<void> => {
    const key = `raw/${crypto.randomUUID()}`;
    await env.RESULTS_R2.get(key);
    const lock = env.RESULT_LOCKS.getByName(key);
    await lock.acquire({ holder: "raw", holdTimeout: lease, wait: 0, comesBack: false });
    await env.RESULTS_R2.put(key, bytes);
    await lock.release("raw");
  };
  const ours = async (): Promise<void> => {
    await store.getOrCompute(`miss/${crypto.randomUUID()}`, () => value);
    await settled();
  };
  return { ours: repeat(count, ours), reference: repeat(count, raw), count };
}

function recordBytes(store: ResultStore): Promise<Uint8Array> {
  return store.createResultRecord(value, { key: "raw" }).serialize();
}

function refuse(): never {
  throw new Error("This was to be a hit");
}

function repeat(count: number, work: () => Promise<unknown>): () => Promise<void> {
  return async () => {
    for (let i = 0; i < count; i++) await work();
  };
}
