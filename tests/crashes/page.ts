import { createResultStore, transaction } from "../../src/browser/index.ts";
import { isRepriseError } from "../../src/errors/index.ts";
import type { Begin, End, Key, Operation, Versions } from "./chain-model.ts";
import type { CounterStep } from "./counter-model.ts";

/** What a page tells its test. */
export type Note =
  | ({ readonly kind: "begin" } & Begin)
  | ({ readonly kind: "end" } & End)
  | { readonly kind: "counter"; readonly page: string; readonly step: CounterStep }
  | { readonly kind: "error"; readonly page: string; readonly text: string };

export interface Work {
  readonly page: string;
  readonly chains: readonly string[];
  /** The versions begin here. */
  readonly from: number;
  readonly seed: number;
}

/** What a page has for its test. */
export interface CrashPage {
  /** Changes the chains and increments the counter until `stop`. */
  start(work: Work): void;
  /** Resolves once all has ended. */
  stop(): Promise<void>;
  look(chains: readonly string[]): Promise<{ chains: Record<string, Versions>; counter: number }>;
  /** Milliseconds until the lock of each key was granted. */
  lockAll(keys: readonly string[]): Promise<number>;
}

/** Its reply comes once the test has the note. A note with the same id as an earlier one is ignored. */
declare const receive: (id: string, note: Note) => Promise<void>;

/** Milliseconds. */
const lease = 1_000;
const refusals = ["STALE_LOCK", "LOCK_NOT_HELD"];
const operations: readonly Operation[] = ["write", "delete", "invalidate", "expire", "compute", "transact"];
const keys: readonly Key[] = ["x", "y"];

/** Keys whose results were not kept, by the events. */
const unkept = new Set<string>();
const store = createResultStore({
  name: "crashes",
  // a crowded machine may take longer, and memory would stand in for the database
  openTimeout: "60s",
  onEvent(event) {
    if (event.type === "write-error") unkept.add(event.key);
    if (event.type === "fallback")
      void note({ kind: "error", page: location.href, text: `memory: ${String(event.error)}` });
  },
});
let work: Promise<unknown> = Promise.resolve();
let isStopped = false;

/** A page that is kept to go back to gets no reply, so it sends its note again when it is back. */
async function note(given: Note): Promise<void> {
  const id = crypto.randomUUID();
  let isReceived = false;
  const send = async () => {
    await receive(id, given);
    isReceived = true;
  };
  while (!isReceived) {
    const restored = new AbortController();
    const { signal } = restored;
    await Promise.race([send(), new Promise((resolve) => addEventListener("pageshow", resolve, { signal }))]);
    restored.abort();
  }
}

interface Value {
  readonly version: number;
  readonly bytes: Uint8Array;
}

function valueOf(version: number): Value {
  return { version, bytes: new Uint8Array((version * 7_919) % 60_000).fill(version) };
}

/** The version of the value, or NaN for one that nobody wrote. */
async function versionUnder(path: string): Promise<number | undefined> {
  const record = await store.read(path);
  if (!record) return undefined;
  const { version, bytes } = record.result as Value;
  const expected = valueOf(version).bytes;
  return bytes.length === expected.length && bytes.every((byte, at) => byte === expected[at]) ? version : Number.NaN;
}

async function versionsOf(chain: string): Promise<Versions> {
  const [x, y] = await Promise.all(keys.map((key) => versionUnder(`${chain}/${key}`)));
  return { x, y };
}

const carryOut: Record<Operation, (begun: Begin) => Promise<unknown>> = {
  write: ({ chain, key, version }) => store.write(`${chain}/${key}`, valueOf(version)),
  delete: ({ chain, key }) => store.delete(`${chain}/${key}`),
  invalidate: ({ chain }) => store.invalidate({ prefix: `${chain}/` }),
  expire: ({ chain }) => store.invalidate({ prefix: `${chain}/` }, { mode: "expire" }),
  compute: ({ chain, key, version }) => store.getOrCompute(`${chain}/${key}`, async () => valueOf(version)),
  transact: ({ chain, version }) =>
    transaction({ key: `${chain}/x`, store, overwrite: true }, async (outer) => {
      outer.stage(valueOf(version));
      await outer.run(transaction, { key: `${chain}/y`, store, overwrite: true }, async (inner) => {
        inner.stage(valueOf(version));
      });
    }),
};

async function changeChain(chain: string, from: number, random: () => number): Promise<void> {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  for (let version = from; !isStopped; version++) {
    const begin: Begin = { chain, operation: pick(operations), key: pick(keys), version };
    await note({ kind: "begin", ...begin });
    await carryOut[begin.operation](begin);
    const isUnkept = keys.some((key) => unkept.delete(`${chain}/${key}`));
    await note({ kind: "end", chain, found: await versionsOf(chain), isUnkept });
  }
}

async function count(page: string): Promise<void> {
  const tell = (step: CounterStep) => note({ kind: "counter", page, step });
  while (!isStopped) {
    try {
      await store.withLock(
        "counter",
        async ({ holder }) => {
          const before = await store.read("counter", { holder });
          await tell("begin");
          await store.write("counter", Number(before?.result ?? 0) + 1, { holder });
          await tell("end");
        },
        { holdTimeout: lease },
      );
    } catch (error) {
      if (!isRepriseError(error) || !refusals.includes(error.code)) throw error;
      await tell("refused");
    }
  }
}

/** Numbers from 0 to 1 that depend on the seed alone. */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

const crashPage: CrashPage = {
  start({ page, chains, from, seed }) {
    isStopped = false;
    const tasks = [...chains.map((chain, at) => changeChain(chain, from, randomFrom(seed + at))), count(page)];
    const tell = (error: unknown) => note({ kind: "error", page, text: String(error) });
    work = Promise.all(tasks.map((task) => task.catch(tell)));
  },
  async stop() {
    isStopped = true;
    await work;
  },
  async look(chains) {
    const look = async (chain: string) => [chain, await versionsOf(chain)] as const;
    const found = await Promise.all(chains.map(look));
    const counter = Number((await store.read("counter"))?.result ?? 0);
    return { chains: Object.fromEntries(found), counter };
  },
  async lockAll(paths) {
    const started = performance.now();
    for (const path of paths) await store.withLock(path, () => {}, { holdTimeout: lease });
    return performance.now() - started;
  },
};

Object.assign(window, { crashPage });
