import { createStore, entries, get, set } from "idb-keyval";
import { createResultStore, type ResultStore } from "../../../src/browser/index.ts";
import type { Comparison } from "../measure.ts";
import { gets, openRawDatabase, puts } from "./raw-indexed-db.ts";
import { bytes, floats, indexes, inTurn, refuse } from "./repeat.ts";

export async function writeAtOnce(): Promise<Comparison> {
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

export async function readAtOnce(): Promise<Comparison> {
  const store = openStore("read-at-once");
  const raw = await openRawDatabase("raw-read-at-once");
  const keys = indexes(1_000).map((i) => `key/${i}`);
  await Promise.all(keys.map((key) => store.write(key, bytes(1_024))));
  await puts(raw, keys, bytes(1_024));
  return { ours: () => Promise.all(keys.map((key) => store.read(key))), reference: () => gets(raw, keys), count: 1 };
}

export function writeInTurn(count: number, length: number): Comparison {
  const store = openStore("write-in-turn");
  const keyval = createStore("keyval-write-in-turn", "values");
  const value = floats(length);
  return {
    ours: (round) => inTurn(count, (i) => store.write(`${round % 3}/${i}`, value)),
    reference: (round) => inTurn(count, (i) => set(`${round % 3}/${i}`, value, keyval)),
    count,
  };
}

export function readInTurn(count: number, length: number): Promise<Comparison> {
  return lookInTurn(count, length, async (store, key) => (await store.read(key))?.result);
}

export function hitInTurn(count: number, length: number): Promise<Comparison> {
  return lookInTurn(count, length, (store, key) => store.getOrCompute(key, refuse));
}

async function lookInTurn(
  count: number,
  length: number,
  look: (store: ResultStore, key: string) => Promise<unknown>,
): Promise<Comparison> {
  const name = `look-in-turn ${crypto.randomUUID()}`;
  const store = openStore(name);
  const keyval = createStore(`keyval-${name}`, "values");
  const value = floats(length);
  await inTurn(count, (i) => store.write(`${i}`, value));
  await inTurn(count, (i) => set(`${i}`, value, keyval));
  return {
    ours: () => inTurn(count, (i) => look(store, `${i}`)),
    reference: () => inTurn(count, (i) => get(`${i}`, keyval)),
    count,
  };
}

/** Until the record is kept and the lock released. */
export function missInTurn(count: number, length: number): Comparison {
  const store = openStore("miss-in-turn");
  const keyval = createStore("keyval-miss-in-turn", "values");
  const value = floats(length);
  const raw = async (key: string): Promise<void> => {
    await get(key, keyval);
    await navigator.locks.request(key, () => set(key, value, keyval));
  };
  return {
    ours: (round) => inTurn(count, (i) => store.getOrCompute(`${round}/${i}`, () => value)),
    reference: (round) => inTurn(count, (i) => raw(`${round}/${i}`)),
    count,
  };
}

export async function list(): Promise<Comparison> {
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

/** The number of records on all pages, expired ones too. */
export async function listAll(store: ResultStore): Promise<number> {
  let found = 0;
  let cursor: string | undefined;
  do {
    const page = await store.list({ cursor, allowExpired: true });
    found += page.records.length;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

function openStore(name: string): ResultStore {
  return createResultStore({ name, cacheResultInMemory: false });
}
