import { afterEach, vi } from "vitest";
import { createResultStore, type CreateResultStoreOptions } from "../../../src/browser/store/create-result-store.ts";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { freshName, openRaw, promisify } from "../storage/indexed-db-tools.ts";

const stores: ResultStore[] = [];
afterEach(() => Promise.all(stores.splice(0).map((store) => store.close())));

export function listen(options: CreateResultStoreOptions = {}) {
  const events: StoreEvent[] = [];
  const name = options.name ?? freshName();
  const store = createResultStore({ ...options, name, onEvent: (event) => events.push(event) });
  stores.push(store);
  const changes = () => events.filter(({ type }) => type === "fallback" || type === "online");
  const isBack = () => vi.waitUntil(() => changes().at(-1)?.type === "online", { timeout: 15_000 });
  return { name, store, events, changes, isBack };
}

/** The browser refuses the database from now on, until the mock is restored. */
export function refuse(refusedName?: string) {
  const open = indexedDB.open.bind(indexedDB);
  return vi.spyOn(indexedDB, "open").mockImplementation((name, version) => {
    if (refusedName === undefined || name === refusedName) throw new DOMException("refused", "UnknownError");
    return open(name, version);
  });
}

/** A store in memory, over a database that has what `before` wrote. */
export async function refused(
  options: CreateResultStoreOptions = {},
  before?: (store: ResultStore) => Promise<unknown>,
) {
  const name = freshName();
  const first = createResultStore({ name, ...options });
  await first.exists("warm");
  await before?.(first);
  await first.close();
  const mock = refuse(name);
  const one = listen({ name, ...options });
  await one.store.exists("first use");
  return { ...one, open: () => mock.mockRestore() };
}

/** What the database has, as another tab sees it. */
export async function inDatabase(name: string) {
  const other = createResultStore({ name, cacheResultInMemory: false });
  stores.push(other);
  const { records } = await other.list({ allowExpired: true });
  const results = await other.readMany(records.map(({ storageKey }) => storageKey));
  return Object.fromEntries(records.map(({ storageKey }, i) => [storageKey, results[i]?.result]));
}

/** Writes as another tab does whose messages don't arrive. Resolves once the clock has gone on. */
export async function writeElsewhere(name: string, key: string, result: unknown) {
  const elsewhere = freshName();
  await listen({ name: elsewhere }).store.write(key, result);
  const [from, to] = await Promise.all([openRaw(elsewhere), openRaw(name)]);
  const row: unknown = await promisify(from.transaction("records").objectStore("records").get(key));
  await promisify(to.transaction("records", "readwrite").objectStore("records").put(row, key));
  from.close();
  to.close();
  await tick();
}

export async function tick() {
  const before = Date.now();
  await vi.waitUntil(() => Date.now() > before, { interval: 1 });
}
