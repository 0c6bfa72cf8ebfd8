import { randomUUID } from "node:crypto";
import type { ResultStore } from "../../src/core/store/result-store.ts";
import { isRepriseError } from "../../src/errors/index.ts";
import { notedTask, openDirect } from "./client.ts";
import { Ledger } from "./ledger.ts";

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Clients that are in the middle of everything when their Worker is killed, and that go on once it is back. */
export class KillWorld {
  readonly ledger = new Ledger();
  readonly faults: string[] = [];
  /** The jobs that the Worker has accepted. */
  readonly jobs: string[] = [];
  readonly #url: string;
  readonly #space = randomUUID();
  readonly #tokens = new Map<string, number>();
  #round = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** Works until `kill` has resolved, and compares with the ledger once `restart` has. */
  async round(kill: () => Promise<void>, restart: () => Promise<void>, hasJobs: boolean): Promise<void> {
    this.#round++;
    const held = `${this.#space}/held/${this.#round}`;
    const holder = this.#open();
    const grant = await holder.acquireLock(held, { holdTimeout: "60s" });
    this.#grew(held, grant!.token);
    const over = new AbortController();
    const waits = this.#wait(held, over.signal);
    const works = Promise.all([
      ...[0, 1, 2].map((writer) => this.#write(`${this.#space}/own/${writer}`, writer, over.signal)),
      ...[0, 1].map(() => this.#increase(over.signal)),
      ...(hasJobs ? [this.#defer(over.signal)] : []),
    ]);
    await kill();
    over.abort();
    await works;
    await restart();
    await this.#checkRecords();
    await this.#checkLease(held, grant!.holder, waits);
  }

  #open(): ResultStore {
    return openDirect({ url: this.#url, timeout: "2s" });
  }

  /** A new client each time: one that couldn't reach the Worker leaves it alone for a while. */
  async #until(over: AbortSignal, work: (store: ResultStore) => Promise<unknown>): Promise<void> {
    while (!over.aborted) {
      try {
        await work(this.#open());
      } catch (error) {
        if (!isRepriseError(error)) this.faults.push(String(error));
      }
    }
  }

  #write(key: string, writer: number, over: AbortSignal): Promise<void> {
    return this.#until(over, async (store) => {
      const value = randomUUID() + "x".repeat(writer * 200_000);
      await this.ledger.write(key, value, () => store.write(key, value));
      await this.ledger.write(key, null, () => (writer === 1 ? store.delete(key) : store.invalidate(key)));
      const tagged = `${key}/tagged`;
      await this.ledger.write(tagged, value, () => store.write(tagged, value, { tags: [key] }));
      if (writer === 0) await this.ledger.write(tagged, null, () => store.invalidate({ tags: [key] }));
    });
  }

  #increase(over: AbortSignal): Promise<void> {
    const key = `${this.#space}/counter`;
    const work = (store: ResultStore) =>
      store.withLock(
        key,
        async ({ holder, token }) => {
          this.#grew(key, token);
          const before = Number((await store.read(key, { holder }))?.result ?? 0);
          await store.write(key, before + 1, { holder });
        },
        { holdTimeout: "1s", acquireTimeout: "5s" },
      );
    return this.#until(over, (store) => this.ledger.increase(key, () => work(store)));
  }

  #defer(over: AbortSignal): Promise<void> {
    return this.#until(over, async (store) => {
      const name = randomUUID();
      await notedTask.withOptions({ store }).defer([{ name, lasts: 300 }]);
      this.jobs.push(name);
      await pause(100);
    });
  }

  /** Asks for the lock again and again, as a caller does that lost its Worker. Resolves to the token. */
  async #wait(key: string, over: AbortSignal): Promise<number | undefined> {
    const end = performance.now() + 60_000;
    while (performance.now() < end) {
      const store = this.#open();
      try {
        const grant = await store.acquireLock(key, { holdTimeout: "5s", acquireTimeout: "20s" });
        if (!grant) continue;
        if (!over.aborted) this.faults.push(`${key} has two holders`);
        await store.releaseLock(key, grant);
        return grant.token;
      } catch (error) {
        if (!isRepriseError(error)) this.faults.push(String(error));
        await pause(100);
      }
    }
    return undefined;
  }

  async #checkRecords(): Promise<void> {
    const store = this.#open();
    const valueOf = async (key: string) => (await store.read(key, { timeout: "20s" }))?.result ?? null;
    for (const key of this.ledger.keys) this.faults.push(...this.ledger.lost(key, await valueOf(key)));
    for (const key of this.ledger.counters) {
      this.faults.push(...this.ledger.miscounted(key, Number(await valueOf(key))));
    }
  }

  async #checkLease(key: string, holder: string, waits: Promise<number | undefined>): Promise<void> {
    const store = this.#open();
    if (!(await store.isLockHolder(key, { holder }))) this.faults.push(`${key}: the holder lost its lease`);
    if (await store.acquireLock(key, { acquireTimeout: 0 }))
      this.faults.push(`${key} has two holders after the restart`);
    await this.ledger.write(key, "under the lock", () => store.write(key, "under the lock", { holder }));
    await store.releaseLock(key, { holder });
    const token = await waits;
    if (token === undefined) this.faults.push(`${key}: a caller that waits is forgotten`);
    else this.#grew(key, token);
  }

  #grew(key: string, token: number): void {
    const before = this.#tokens.get(key) ?? 0;
    if (token <= before) this.faults.push(`${key}: the token ${token} after ${before}`);
    this.#tokens.set(key, token);
  }

  /** Waits for all jobs. Their runs never overlapped, and each that the Worker accepted has its result. */
  async checkJobs(): Promise<void> {
    await Promise.all(this.jobs.map((name) => this.#checkJob(name)));
  }

  async #checkJob(name: string): Promise<void> {
    const task = notedTask.withOptions({ store: this.#open() });
    const result = await (await task.defer([{ name, lasts: 300 }])).result({ timeout: "150s" }).catch(String);
    if (result !== name) this.faults.push(`the job ${name} answered ${result}`);
    const runs = (await (await fetch(`${this.#url}/runs?name=${name}`)).json()) as { began: number; seen: number }[];
    for (const [i, { began }] of runs.entries()) {
      if (i > 0 && began <= runs[i - 1]!.seen) this.faults.push(`two runs of the job ${name} overlapped`);
    }
  }
}
