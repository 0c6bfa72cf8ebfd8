import { afterEach, expect, test, vi } from "vitest";
import { createResultStore } from "../../../src/browser/index.ts";
import { freshName, spyOnTransactions } from "../storage/indexed-db-tools.ts";

afterEach(() => void vi.restoreAllMocks());

const refuse = (): never => {
  throw new Error("This was to be a hit");
};

async function keptStore(cacheResultInMemory: boolean) {
  const store = createResultStore({ name: freshName(), cacheResultInMemory });
  await store.getOrCompute("key", () => "value");
  const request = vi.spyOn(navigator.locks, "request");
  return { store, request, transactions: spyOnTransactions() };
}

test("a hit in memory begins no transaction and requests no lock", async () => {
  const { store, request, transactions } = await keptStore(true);
  expect(await store.getOrCompute("key", refuse)).toBe("value");
  expect(transactions).not.toHaveBeenCalled();
  expect(request).not.toHaveBeenCalled();
});

test("a hit in IndexedDB is one transaction and requests no lock", async () => {
  const { store, request, transactions } = await keptStore(false);
  expect(await store.getOrCompute("key", refuse)).toBe("value");
  expect(transactions).toHaveBeenCalledTimes(1);
  expect(request).not.toHaveBeenCalled();
});

test("1,000 writes at once are at most four transactions", async () => {
  const { store, transactions } = await keptStore(false);
  await Promise.all(Array.from({ length: 1_000 }, (_, i) => store.write(`many/${i}`, i)));
  expect(transactions.mock.calls.length).toBeLessThanOrEqual(4);
});
