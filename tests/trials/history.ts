import type { ResultStore } from "../../src/core/store/result-store.ts";
import { isRepriseError } from "../../src/errors/index.ts";
import { transaction } from "../stores.ts";
import type { Call, Promises } from "./history-calls.ts";
import { checkHistory } from "./history-checks.ts";
import { type Clients, type Command, keys } from "./history-commands.ts";

class RollbackError extends Error {
  override name = "RollbackError";
}

export interface Play {
  /** One for each client, or fewer. Their computations and their work under locks wait for `pause`. */
  readonly stores: readonly ResultStore[];
  readonly pause: () => Promise<unknown>;
  /** Lets a lease of a millisecond run out. */
  readonly outlast?: () => Promise<unknown>;
  readonly promises: Promises;
  /** Leaves out targets other than keys, where the storage can't invalidate them. `clear` then refuses no computation. */
  readonly keysOnly?: boolean;
}

/** Records which call saw and wrote which value, and when. */
export class History {
  readonly #play: Play;
  readonly calls: Call[] = [];
  readonly faults: string[] = [];
  #time = 0;
  #values = 0;

  constructor(play: Play) {
    this.#play = play;
  }

  /** Makes all calls. */
  async run(all: Clients): Promise<void> {
    const { stores } = this.#play;
    await Promise.all(
      all.map(async (commands, client) => {
        const store = client % stores.length;
        for (const each of commands) await this.#make(each, store);
      }),
    );
  }

  /** What contradicts the promises. */
  check(): string[] {
    return [...this.faults, ...checkHistory(this.calls, keys, this.#play.promises)];
  }

  get story(): string {
    return this.calls
      .map(({ name, store, key, invoked, returned, seen, wrote, outcome }) => {
        const what = [seen !== undefined && `saw ${seen}`, wrote !== undefined && `wrote ${wrote}`, outcome];
        return `${invoked}-${returned}: ${name} ${key} in ${store}: ${what.filter(Boolean).join(", ")}`;
      })
      .join("\n");
  }

  async #make(command: Command, store: number): Promise<void> {
    const key = keys[command.key]!;
    const call: Call = { name: command.kind, store, key, invoked: ++this.#time, returned: Infinity };
    this.calls.push(call);
    try {
      await this.#actions[command.kind](this.#play.stores[store]!, key, call, command);
    } catch (error) {
      call.outcome = error instanceof RollbackError ? "rolled back" : isRepriseError(error) ? error.code : "failed";
      if (!isExpected(call)) this.faults.push(`${call.name} of ${key} at ${call.invoked} rejected: ${String(error)}`);
    }
    call.returned = ++this.#time;
  }

  readonly #actions: Record<
    Command["kind"],
    (store: ResultStore, key: string, call: Call, command: Command) => Promise<unknown>
  > = {
    read: async (store, key, call) => void (call.seen = this.#valueOf(key, await store.read(key))),
    look: async (store, key, call) => void (call.seen = this.#valueOf(key, await store.read(key, { wait: false }))),
    write: (store, key, call) => store.write(key, this.#newValue(key, call)),
    delete: (store, key, call) => store.delete(key).then(() => (call.wrote = 0)),
    deleteMany: async (store, _, call) => {
      call.coversAll = true;
      await store.deleteMany(keys);
      call.wrote = 0;
    },
    clear: (store, _, call) => (this.#emptyAll(call), store.clear()),
    invalidate: (store, key, call, { deletes }) => {
      call.wrote = 0;
      call.isUnlocked = !this.#play.keysOnly;
      const target = this.#play.keysOnly ? key : { prefix: key.slice(0, 2) };
      return store.invalidate(target, { mode: deletes ? "delete" : "expire" });
    },
    getOrCompute: (store, key, call) => this.#compute(call, (compute) => store.getOrCompute(key, compute)),
    answer: (store, key, call) =>
      this.#compute(call, async (compute) => (await store.answer(key, compute, { expiresIn: "1h" })).value),
    refresh: (store, key, call) =>
      this.#compute(call, (compute) => store.getOrCompute(key, compute, { refresh: true })),
    withLock: (store, key, call, command) =>
      store.withLock(key, ({ holder }) => this.#update(store, holder, call, command)),
    lateHolder: async (store, key, call, command) => {
      const grant = await store.acquireLock(key, { holdTimeout: 1 });
      await this.#play.outlast?.();
      try {
        await this.#update(store, grant!.holder, call, command);
      } finally {
        await store.releaseLock(key, { holder: grant!.holder }).catch(() => {});
      }
    },
    serializable: (store, key, call, command) =>
      transaction({ key, store, isolationLevel: "SERIALIZABLE", overwrite: true }, async (txn) => {
        call.seen = this.#valueOf(key, await store.read(key, { holder: txn.holder }));
        await this.#stage(txn, key, call, command);
      }),
    readCommitted: (store, key, call, command) =>
      transaction({ key, store, overwrite: true }, (txn) => this.#stage(txn, key, call, command)),
  };

  async #update(store: ResultStore, holder: string, call: Call, { fails, deletes }: Command): Promise<void> {
    const { key } = call;
    call.seen = this.#valueOf(key, await store.read(key, { holder }));
    call.middle = ++this.#time;
    await this.#play.pause();
    if (fails) throw new RollbackError();
    const value = this.#newValue(key, call);
    if (deletes) call.wrote = 0;
    await (deletes ? store.delete(key, { holder }) : store.write(key, value, { holder }));
  }

  async #stage(txn: { stage(value: unknown): void }, key: string, call: Call, { fails }: Command): Promise<void> {
    call.middle = ++this.#time;
    txn.stage(this.#newValue(key, call));
    await this.#play.pause();
    if (fails) throw new RollbackError();
  }

  async #compute(call: Call, run: (compute: () => Promise<unknown>) => Promise<unknown>): Promise<void> {
    const got = await run(async () => {
      call.middle = ++this.#time;
      const value = this.#newValue(call.key, call);
      await this.#play.pause();
      return value;
    });
    const seen = this.#idOf(call.key, got);
    // another call's value, which it joined or found
    if (seen !== call.wrote) call.seen = seen;
  }

  #emptyAll(call: Call): void {
    call.wrote = 0;
    call.coversAll = true;
    call.isUnlocked = true;
    call.refusesNothing = this.#play.keysOnly === true;
  }

  #newValue(key: string, call: Call): unknown {
    call.wrote = ++this.#values;
    return { key, id: call.wrote };
  }

  #valueOf(key: string, record: { readonly result: unknown } | undefined): number {
    return record ? this.#idOf(key, record.result) : 0;
  }

  #idOf(key: string, value: unknown): number {
    const { key: own, id } = value as { key: string; id: number };
    if (own !== key) this.faults.push(`${key} has a value of ${own}`);
    return id;
  }
}

/** A lock by hand refuses changes of its key, and a holder that has lost its lease is refused. */
function isExpected({ name, outcome }: Call): boolean {
  if (outcome === "rolled back") return true;
  if (name === "lateHolder") return outcome === "STALE_LOCK" || outcome === "LOCK_NOT_HELD";
  return outcome === "LOCK_NOT_HELD" && ["write", "delete", "deleteMany", "invalidate"].includes(name);
}

/** Makes the calls, and throws with the history if it contradicts what is promised, or if a call never ends. */
export async function tryHistory(play: Play, all: Clients, run = (running: Promise<void>) => running): Promise<void> {
  const history = new History(play);
  await inTime(run(history.run(all)), () => `a call never ends\n${history.story}`);
  const faults = history.check();
  if (faults.length > 0) throw new Error(`${faults.join("\n")}\n${history.story}`);
}

/** Waits for the calls of a history. */
export function inTime(running: Promise<void>, message: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(message())), 20_000);
    void running.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
