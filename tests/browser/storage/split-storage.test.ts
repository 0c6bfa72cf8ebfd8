import { expect, test } from "vitest";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { freshName } from "./indexed-db-tools.ts";
import { createStore as createTestStore } from "../../stores.ts";

/** Results of 1,000 bytes and a little, in a database that has room for two of them. */
function createStore() {
  const [metadata, results] = [freshName(), freshName()];
  const createStorage = () =>
    new SplitStorage({
      metadata: new IndexedDbStorage({ name: metadata }),
      results: new IndexedDbStorage({ name: results, maxBytes: 2_500 }),
    });
  const store = createTestStore({ resultStorage: createStorage(), serializer: "json" });
  const write = (key: string) => store.write(key, key.repeat(1_000));
  return { store, write, again: () => createTestStore({ resultStorage: createStorage() }) };
}

test("a budget of the result storage evicts whole records, the least recently used ones, and hits in memory count as uses", async () => {
  const { store, write } = createStore();
  for (const key of ["a", "b", "c"]) await write(key);
  const atOnce = Date.now();
  await expect.poll(() => Date.now()).toBeGreaterThan(atOnce);
  expect(await store.getOrCompute("a", () => "computed")).toBe("a".repeat(1_000));
  expect(await store.sweep()).toEqual({ expired: 0, evicted: 1 });
  expect((await store.list()).records.map(({ storageKey }) => storageKey)).toEqual(["a", "c"]);
  expect([await store.exists("a"), await store.exists("b")]).toEqual([true, false]);
  await store.close();
});

test("records in two databases outlive the store, and expired ones leave both", async () => {
  const { store, write, again } = createStore();
  await write("k");
  await store.write("over", 1, { expiration: new Date(1) });
  await store.close();
  const later = again();
  expect((await later.read("k"))?.result).toBe("k".repeat(1_000));
  expect(await later.sweep()).toMatchObject({ expired: 1 });
  expect((await later.list({ allowExpired: true })).records).toMatchObject([{ storageKey: "k" }]);
  const { records } = await (later.resultStorage as SplitStorage).results.list!();
  expect(records).toHaveLength(1);
  await later.close();
});
