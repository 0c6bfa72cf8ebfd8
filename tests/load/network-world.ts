import { randomUUID } from "node:crypto";
import type { ResultStore } from "../../src/core/store/result-store.ts";
import { isRepriseError } from "../../src/errors/index.ts";
import { openDirect, openRemote } from "./client.ts";
import { Ledger } from "./ledger.ts";

export interface NetworkCall {
  readonly type: "write" | "delete" | "invalidate" | "read" | "increase" | "create" | "compute" | "share";
  /** Bytes of the value. */
  readonly size: number;
}

const timeout = 400;
/** Milliseconds after which a call is taken for one that never ends. Each of its requests and retries has its timeout. */
const patience = 30_000;

/** Clients of one Worker behind a bad network, on keys of their own. */
export class NetworkWorld {
  readonly faults: string[] = [];
  readonly ledger = new Ledger();
  readonly #space = randomUUID();
  readonly #direct: ResultStore[] = [];
  readonly #remote: ResultStore[] = [];
  readonly #created: string[] = [];
  readonly #origin: string;
  #lastToken = 0;
  #holder: AbortSignal | undefined;

  /** `url`: of the proxy. `origin`: of the Worker itself. */
  constructor(url: string, origin: string, clients: number) {
    this.#origin = origin;
    for (let i = 0; i < clients; i++) {
      this.#direct.push(openDirect({ url, timeout }));
      this.#remote.push(openRemote({ url, timeout }));
    }
  }

  /** Does the calls of one client one after the other. */
  async run(client: number, calls: readonly NetworkCall[]): Promise<void> {
    for (const call of calls) await this.#try(client, call);
  }

  async #try(client: number, call: NetworkCall): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${call.type} never ends`)), patience);
    });
    try {
      await Promise.race([this.#do(client, call), late]);
    } catch (error) {
      if (!isRepriseError(error)) this.faults.push(`${call.type}: ${String(error)}`);
      // the browser's own parts answer in its place
      else if (call.type === "share") this.faults.push(`a computed value was not given: ${String(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  async #do(client: number, { type, size }: NetworkCall): Promise<unknown> {
    const [direct, remote] = [this.#direct[client]!, this.#remote[client]!];
    const own = `${this.#space}/own/${client}`;
    const counter = `${this.#space}/counter`;
    const once = `${this.#space}/once`;
    const computed = `${this.#space}/computed`;
    const value = randomUUID() + "x".repeat(size);
    switch (type) {
      case "write":
        return this.ledger.write(own, value, () => direct.write(own, value));
      case "delete":
        return this.ledger.write(own, null, () => direct.delete(own));
      case "invalidate":
        return this.ledger.write(own, null, () => direct.invalidate(own));
      case "read":
        return this.faults.push(...this.ledger.lost(own, (await direct.read(own))?.result ?? null));
      case "increase":
        return this.ledger.increase(counter, () => this.#increase(direct, counter));
      case "create":
        await direct.write(once, value, { ifNoneMatch: "*" });
        return this.#created.push(value);
      case "compute":
      case "share":
        break;
    }
    return this.#compute(type === "share" ? remote : direct, computed);
  }

  async #compute(store: ResultStore, key: string): Promise<void> {
    const found = await store.getOrCompute(key, () => Promise.resolve(key), {
      holdTimeout: "1s",
      acquireTimeout: "20s",
    });
    if (found !== key) this.faults.push(`${key} is ${found}`);
  }

  async #increase(store: ResultStore, key: string): Promise<void> {
    await store.withLock(
      key,
      async ({ holder, token, signal }) => {
        if (this.#holder && !this.#holder.aborted) this.faults.push("two holders at once");
        if (token <= this.#lastToken) this.faults.push(`the token ${token} after ${this.#lastToken}`);
        this.#lastToken = token;
        this.#holder = signal;
        try {
          const before = Number((await store.read(key, { holder }))?.result ?? 0);
          await store.write(key, before + 1, { holder });
        } finally {
          if (this.#holder === signal) this.#holder = undefined;
        }
      },
      { holdTimeout: "1s", acquireTimeout: "3s" },
    );
  }

  /** Compares what the clients know with what the Worker has, once the network is well. */
  async check(): Promise<void> {
    const worker = openDirect({ url: this.#origin });
    const valueOf = async (key: string) => (await worker.read(key, { timeout: "10s" }))?.result ?? null;
    for (const key of this.ledger.keys) this.faults.push(...this.ledger.lost(key, await valueOf(key)));
    for (const key of this.ledger.counters)
      this.faults.push(...this.ledger.miscounted(key, Number(await valueOf(key))));
    if (this.#created.length > 1) this.faults.push(`${this.#created.length} created the same record`);
    const once = await valueOf(`${this.#space}/once`);
    if (this.#created.length === 1 && once !== this.#created[0]) this.faults.push("a created record is lost");
    await Promise.all(this.#direct.map((store, client) => this.#recovers(store, `${this.#space}/back/${client}`)));
    await Promise.all([...this.#direct, ...this.#remote].map((store) => store.close()));
  }

  /** A client leaves a Worker alone for a while that it couldn't reach. */
  async #recovers(store: ResultStore, key: string): Promise<void> {
    const end = performance.now() + 20_000;
    for (;;) {
      try {
        await store.write(key, key);
        if ((await store.read(key))?.result === key) return;
      } catch (error) {
        if (performance.now() > end) {
          this.faults.push(`a client does not come back: ${String(error)}`);
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}
