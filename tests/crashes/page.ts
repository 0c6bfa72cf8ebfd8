import { transaction } from "../../src/browser/index.ts";
import { isRepriseError } from "../../src/errors/index.ts";
import type { Begin, Key, Operation, Versions } from "./chain-model.ts";
import type { CounterStep } from "./counter-model.ts";
import type { Ledger } from "./ledger-model.ts";
import { note, store, unkept, valueOf, versionUnder } from "./page-store.ts";

export interface Work {
  readonly page: string;
  readonly chains: readonly string[];
  /** Each list is written by one writer, one record after the other. */
  readonly records: readonly (readonly string[])[];
  /** Keys that are read again and again. */
  readonly reads: readonly string[];
  /** Whether the page increments the counter. */
  readonly counts: boolean;
  /** The versions begin here. */
  readonly from: number;
  readonly seed: number;
}

/** What a page reads. */
export interface Found {
  readonly chains: Readonly<Record<string, Versions>>;
  readonly ledger: Ledger;
  readonly counter: number;
}

/** What a page has for its test. */
export interface CrashPage {
  /** Works until `stop`. */
  start(work: Work): void;
  /** Resolves once all has ended. */
  stop(): Promise<void>;
  look(chains: readonly string[], records: readonly string[]): Promise<Found>;
  /** Milliseconds until the lock of each key was granted. */
  lockAll(keys: readonly string[]): Promise<number>;
}

/** Milliseconds. */
const lease = 1_000;
const refusals = ["STALE_LOCK", "LOCK_NOT_HELD"];
const operations: readonly Operation[] = ["write", "delete", "invalidate", "expire", "compute", "transact"];
const keys: readonly Key[] = ["x", "y"];

let work: Promise<unknown> = Promise.resolve();
let isStopped = false;

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

async function writeRecords(records: readonly string[], from: number): Promise<void> {
  for (let version = from; !isStopped; version++) {
    const record = records[version % records.length]!;
    await note({ kind: "write", record, version });
    await store.write(record, valueOf(version));
    await note({ kind: "written", record });
  }
}

/** Asks the site in a way that lets no event in, so a page that is stopped meanwhile writes before it hears of a lost lock. */
function askSite(page: string): void {
  const request = new XMLHttpRequest();
  request.open("POST", `/${page}`, false);
  request.send();
}

/** Asks the site between its requests to the database and their answers. */
async function readAgain(page: string, records: readonly string[]): Promise<void> {
  while (!isStopped) {
    const reading = Promise.all(records.flatMap((key) => [store.read(key), store.exists(key)]));
    // lets no event in
    for (let step = 0; step < 50; step++) await Promise.resolve();
    askSite(page);
    await reading;
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
          askSite(page);
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
  start({ page, chains, records, reads, counts, from, seed }) {
    isStopped = false;
    const tasks = [
      ...chains.map((chain, at) => changeChain(chain, from, randomFrom(seed + at))),
      ...records.map((list) => writeRecords(list, from)),
      ...(reads.length > 0 ? [readAgain(page, reads)] : []),
      ...(counts ? [count(page)] : []),
    ];
    const tell = (error: unknown) => note({ kind: "error", page, text: String(error) });
    work = Promise.all(tasks.map((task) => task.catch(tell)));
  },
  async stop() {
    isStopped = true;
    await work;
  },
  async look(chains, records) {
    const look = async (chain: string) => [chain, await versionsOf(chain)] as const;
    const found = await Promise.all(chains.map(look));
    const versions = await Promise.all(records.map(async (record) => [record, await versionUnder(record)] as const));
    const ledger = versions.flatMap(([record, version]) => (version === undefined ? [] : [[record, version] as const]));
    const counter = Number((await store.read("counter"))?.result ?? 0);
    return { chains: Object.fromEntries(found), ledger: Object.fromEntries(ledger), counter };
  },
  async lockAll(paths) {
    const started = performance.now();
    for (const path of paths) await store.withLock(path, () => {}, { holdTimeout: lease });
    return performance.now() - started;
  },
};

Object.assign(window, { crashPage });
