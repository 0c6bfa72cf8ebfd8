import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, inject, test, type TestContext } from "vitest";
import type { ResultStore } from "../../src/core/store/result-store.ts";
import { mapConcurrently } from "../../src/core/concurrency/map-concurrently.ts";
import { randomOf } from "../bench/scaling/time.ts";
import type { WranglerServer } from "../demo/wrangler-server.ts";
import { countTried, runsOf } from "../trials/trial.ts";
import { notedTask, openDirect, openRemote } from "./client.ts";
import { grown, Ledger, megabytes, quantile } from "./ledger.ts";
import { memoryOf, startLoadServer } from "./load-server.ts";

declare module "vitest" {
  interface TaskMeta {
    /** What a run under load measured: milliseconds and megabytes. */
    load?: Readonly<Record<string, number>>;
  }
}

let server: WranglerServer;

beforeAll(async () => {
  server = await startLoadServer();
}, 120_000);
afterAll(() => server.close());

const expiresIn = 10_000;
const large = "x".repeat(100_000);

/** Requests that the Worker keeps until a lock is free, or a job is done, say nothing about its speed. */
const isWaiting = (url: string) => /\/wait|\/acquire|\/deferred\//.test(url);

class Load {
  readonly ledger = new Ledger();
  readonly latencies: number[] = [];
  readonly faults: string[] = [];
  requests = 0;
  calls = 0;
  jobs = 0;
  readonly #random = randomOf(inject("trials").seed);

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    this.requests++;
    const began = performance.now();
    const response = await fetch(url, init);
    if (!isWaiting(url)) this.latencies.push(performance.now() - began);
    return response;
  };

  pick(count: number): number {
    return Math.floor(this.#random() * count);
  }

  /** One client, from its first call to its last. */
  async run(client: number, until: number, pause: number): Promise<void> {
    const onEvent = (event: { type: string; error?: unknown }) => {
      if (/^(offline|lock-error|refresh-error)$/.test(event.type))
        this.faults.push(`${event.type}: ${String(event.error)}`);
    };
    const store = openRemote({ url: server.origin, timeout: "60s", fetch: this.fetch, onEvent });
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, this.#random() * 2 * pause));
      if (performance.now() > until) break;
      this.calls++;
      await this.#call(client, store).catch((error: unknown) => this.faults.push(String(error)));
    }
    await store.close();
  }

  async #call(client: number, store: ResultStore): Promise<unknown> {
    const own = `own/${client}/${this.pick(3)}`;
    const hot = `hot/${this.pick(20)}`;
    const counter = `counter/${this.pick(20)}`;
    const { ledger } = this;
    const kind = this.pick(100);
    if (kind < 50) {
      const value = await ledger.call(
        hot,
        (compute) => store.getOrCompute(hot, compute, { expiresIn }),
        () => slowly(hot),
      );
      if (value !== hot) this.faults.push(`${hot} answered ${value}`);
    } else if (kind < 70) {
      const value = `${crypto.randomUUID()}${this.pick(10) === 0 ? large : ""}`;
      return ledger.write(own, value, () => store.write(own, value));
    } else if (kind < 75) return ledger.write(own, null, () => store.delete(own));
    else if (kind < 85) {
      const found = (await store.read(own))?.result ?? null;
      this.faults.push(...ledger.lost(own, found));
    } else if (kind < 90) {
      return ledger.increase(counter, () => increase(store, counter));
    } else if (kind < 95) return ledger.invalidate(hot, () => store.invalidate(hot));
    else if (kind < 96) return store.invalidate({ prefix: `group/${this.pick(5)}/` });
    else if (kind < 97) {
      this.jobs++;
      return this.#defer(store, `job ${this.pick(20)}`);
    } else {
      const cold = `group/${this.pick(5)}/${crypto.randomUUID()}`;
      return ledger.call(
        cold,
        (compute) => store.getOrCompute(cold, compute),
        () => slowly(cold),
      );
    }
    return undefined;
  }

  async #defer(store: ResultStore, name: string): Promise<void> {
    const call = await notedTask.withOptions({ store }).defer([{ name, lasts: 50 }]);
    const result = await call.result();
    if (result !== name) this.faults.push(`the job ${name} answered ${result}`);
  }

  /** Compares the ledger with what the Worker has. */
  async check(): Promise<void> {
    const { ledger } = this;
    const worker = openDirect({ url: server.origin });
    const valueOf = async (key: string) => (await worker.read(key))?.result ?? null;
    await mapConcurrently(ledger.keys, 20, async (key) => {
      this.faults.push(...ledger.lost(key, await valueOf(key)));
    });
    for (const key of ledger.counters) this.faults.push(...ledger.miscounted(key, Number(await valueOf(key))));
    this.faults.push(...ledger.twice(expiresIn));
    for (let i = 0; i < 20; i++) {
      const runs = (await (await fetch(`${server.origin}/runs?name=job ${i}`)).json()) as unknown[];
      if (runs.length > 1) this.faults.push(`job ${i} ran ${runs.length} times`);
    }
  }
}

async function slowly<T>(value: T): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, 30));
  return value;
}

async function increase(store: ResultStore, key: string): Promise<void> {
  await store.withLock(key, async ({ holder }) => {
    const before = Number((await store.read(key, { holder }))?.result ?? 0);
    await store.write(key, before + 1, { holder });
  });
}

/** Bytes that are in use after everything else is collected. */
function heap(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

const timers = () => process.getActiveResourcesInfo().filter((type) => type === "Timeout").length;

/** Bytes by which the memory of the server grows with each request to a route that does nothing. */
async function growthOfNothing(): Promise<number> {
  const requests = 3_000;
  const before = (await memoryOf(server)) ?? 0;
  await mapConcurrently(Array.from({ length: requests }), 20, async () => {
    await (await fetch(`${server.origin}/nothing`)).arrayBuffer();
  });
  return (((await memoryOf(server)) ?? 0) - before) / requests;
}

async function underLoad(
  { task }: TestContext,
  load: Load,
  { clients, seconds, pause }: { clients: number; seconds: number; pause: number },
) {
  const until = performance.now() + 1_000 * seconds;
  const memory: number[] = [];
  const all = Promise.all(Array.from({ length: clients }, (_, client) => load.run(client, until, pause)));
  while (performance.now() < until) {
    const bytes = await memoryOf(server);
    if (bytes) memory.push(bytes);
    await new Promise((resolve) => setTimeout(resolve, seconds * 10));
  }
  await all;
  const { requests, calls, latencies } = load;
  const [p50, p99] = [0.5, 0.99].map((share) => Math.round(quantile(latencies, share))) as [number, number];
  const perSecond = Math.round(requests / seconds);
  const [first, last] = [memory[Math.floor(memory.length / 2)] ?? 0, memory.at(-1) ?? 0].map(megabytes) as [
    number,
    number,
  ];
  task.meta.load = {
    clients,
    seconds,
    calls,
    requests,
    perSecond,
    p50,
    p99,
    errors: load.faults.length,
    megabytesMidway: first,
    megabytesAtEnd: last,
  };
  return memory;
}

test(
  "under load nothing is lost, nothing is computed twice, and memory grows by no more than its bound",
  { timeout: 1_200_000 },
  async (context) => {
    const isShort = runsOf({ short: 1, long: 2 }) === 1;
    const size = isShort ? { clients: 50, seconds: 2, pause: 500 } : { clients: 1_000, seconds: 240, pause: 45_000 };
    const before = { heap: heap(), timers: timers() };
    const load = new Load();
    const nothing = isShort ? 0 : await growthOfNothing();
    const memory = await underLoad(context, load, size);
    context.task.meta.load = { ...context.task.meta.load, kilobytesOfNothing: Math.round(nothing / 1e3) };
    await load.check();
    countTried(context, "requests", load.requests);
    expect(load.faults).toEqual([]);
    // a request to the API makes some requests to storages and locks, which the development server keeps in memory as well
    const room = (5 * nothing * load.requests) / 2;
    if (!isShort) expect(grown(memory, { part: 0.1, room })).toEqual([]);
    expect(timers() - before.timers).toBeLessThan(5);
    expect(megabytes(heap() - before.heap)).toBeLessThan(50);
  },
);
