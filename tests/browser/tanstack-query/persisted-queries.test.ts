import { describe, expect, test } from "vitest";
import { createMetadata } from "../store/store-tools.ts";
import { keep, openTab, queryKey, recordKey, type TabOptions } from "./tools.ts";

/** A tab in which nothing but `data` is kept, under the key ["foo", "bar"], and a client without any query. */
async function openWith(data: unknown, options: TabOptions & { updatedAt?: number; key?: readonly unknown[] } = {}) {
  return openTab({ name: await keep(data, { key: ["foo", "bar"], ...options }) });
}

/** A tab in which the record is damaged. */
async function openDamaged() {
  const tab = openTab();
  await tab.store.resultStorage.write(recordKey, new Uint8Array([1]), { metadata: createMetadata(recordKey) });
  return tab;
}

describe("persistQuery and persistQueryByKey", () => {
  test("keep the data that a query has, and its time", async () => {
    const { client, persister, store } = openTab();
    client.setQueryData(queryKey, "set", { updatedAt: Date.now() - 1_000 });
    const { dataUpdatedAt } = client.getQueryState(queryKey)!;
    await persister.persistQuery(client.getQueryCache().find({ queryKey })!);
    expect((await store.read(recordKey))?.result).toMatchObject({ queryKey, data: "set", dataUpdatedAt });
    client.setQueryData(queryKey, "set again");
    await persister.persistQueryByKey(queryKey, client);
    expect(await persister.retrieveQuery('["foo"]')).toBe("set again");
  });

  test("keep nothing of a query that is unknown, or has no data", async () => {
    const { client, persister, keys } = openTab();
    await persister.persistQueryByKey(queryKey, client);
    await persister.persistQuery(client.getQueryCache().build(client, { queryKey }));
    expect(await keys()).toEqual([]);
  });

  test("win over a fetch that is in progress", async () => {
    const { client, persister } = openTab();
    const answer = Promise.withResolvers<string>();
    let isFetching = false;
    const queryFn = () => {
      isFetching = true;
      return answer.promise;
    };
    const fetched = client.query({ queryKey, queryFn });
    await expect.poll(() => isFetching).toBe(true);
    client.setQueryData(queryKey, "optimistic");
    await persister.persistQueryByKey(queryKey, client);
    answer.resolve("old");
    await fetched;
    expect(await persister.retrieveQuery('["foo"]')).toBe("optimistic");
  });
});

describe.each([
  ["retrieveQuery", async ({ persister }: ReturnType<typeof openTab>) => persister.retrieveQuery('["foo"]')],
  ["persisterGc", async ({ persister }: ReturnType<typeof openTab>) => persister.persisterGc()],
  ["restoreQueries", async ({ persister, client }: ReturnType<typeof openTab>) => persister.restoreQueries(client)],
  [
    "removeQueries",
    async ({ persister }: ReturnType<typeof openTab>) => persister.removeQueries({ queryKey: ["other"] }),
  ],
])("%s deletes", (_, run) => {
  test("a query that has expired", async () => {
    const tab = openTab({ name: await keep("kept", { updatedAt: 1 }) });
    expect(await tab.keys()).toHaveLength(1);
    expect(await run(tab)).toBeUndefined();
    expect(await tab.keys()).toEqual([]);
    expect(tab.client.getQueryCache().getAll()).toEqual([]);
  });

  test("a query of another buster", async () => {
    const tab = openTab({ name: await keep("kept", { buster: "1" }), buster: "2" });
    expect(await run(tab)).toBeUndefined();
    expect(await tab.keys()).toEqual([]);
  });

  test("a record that is damaged", async () => {
    const tab = await openDamaged();
    expect(await run(tab)).toBeUndefined();
    expect(await tab.keys()).toEqual([]);
  });

  test("nothing else", async () => {
    const tab = openTab({ name: await keep("kept") });
    await tab.store.write("something else", 1);
    await run(tab);
    expect(await tab.keys()).toEqual(["something else", recordKey]);
  });

  test("no record that a fetch in progress is about to replace", async () => {
    const tab = openTab({ name: await keep("kept", { updatedAt: 1 }) });
    const answer = Promise.withResolvers<string>();
    let isFetching = false;
    const queryFn = () => {
      isFetching = true;
      return answer.promise;
    };
    const fetched = tab.client.query({ queryKey, queryFn });
    await expect.poll(() => isFetching).toBe(true);
    await run(tab);
    answer.resolve("fetched");
    await fetched;
    expect(await tab.persister.retrieveQuery('["foo"]')).toBe("fetched");
  });
});

test("retrieveQuery reads what is kept", async () => {
  const { persister } = openTab({ name: await keep("kept") });
  expect(await persister.retrieveQuery('["foo"]')).toBe("kept");
  expect(await persister.retrieveQuery('["bar"]')).toBeUndefined();
});

const filters = [
  [undefined, true],
  [{}, true],
  [{ queryKey: ["foo", "bar"] }, true],
  [{ queryKey: ["foo"] }, true],
  [{ queryKey: [] }, true],
  [{ queryKey: ["bar"] }, false],
  [{ queryKey: ["foo", "bar", "more"] }, false],
  [{ queryKey: ["foo"], exact: true }, false],
  [{ queryKey: ["foo", "bar"], exact: true }, true],
] as const;

const parts = [
  [["a", { b: 1, c: [1, 2] }], { queryKey: ["a", { b: 1 }] }, true],
  [["a", { b: 1, c: [1, 2] }], { queryKey: ["a", { c: [1] }] }, true],
  [["a", { b: 1, c: [1, 2] }], { queryKey: ["a", { b: 2 }] }, false],
  [["a", { b: 1, c: [1, 2] }], { queryKey: ["a", { c: [1, 2], b: 1 }], exact: true }, true],
  [["a", { b: 1, c: [1, 2] }], { queryKey: ["a", { b: 1 }], exact: true }, false],
  [["a", new Date(5)], { queryKey: ["a", new Date(5)] }, true],
  [["a", new Date(5)], { queryKey: ["a", new Date(6)] }, false],
  [["a", undefined], { queryKey: ["a"] }, true],
  [["ab"], { queryKey: ["a"] }, false],
  [[10], { queryKey: [1] }, false],
] as const;

describe("restoreQueries", () => {
  test.each(filters)("with %o", async (which, isMatch) => {
    const updatedAt = Date.now() - 1_000;
    const { client, persister } = await openWith("kept", { updatedAt });
    await persister.restoreQueries(client, which);
    const found = client
      .getQueryCache()
      .getAll()
      .map(({ queryKey: key, state }) => [key, state.data]);
    expect(found).toEqual(isMatch ? [[["foo", "bar"], "kept"]] : []);
    if (isMatch) expect(client.getQueryState(["foo", "bar"])?.dataUpdatedAt).toBe(updatedAt);
  });

  test.each(parts)("the key %o with %o", async (key, which, isMatch) => {
    const { client, persister } = await openWith("kept", { key });
    await persister.restoreQueries(client, which);
    expect(client.getQueryCache().getAll()).toHaveLength(isMatch ? 1 : 0);
  });

  test("overwrites older data, and no newer data", async () => {
    const updatedAt = Date.now() - 1_000;
    const { client, persister } = await openWith("kept", { updatedAt });
    client.setQueryData(["foo", "bar"], "older", { updatedAt: updatedAt - 1 });
    await persister.restoreQueries(client);
    expect(client.getQueryData(["foo", "bar"])).toBe("kept");
    client.setQueryData(["foo", "bar"], "newer", { updatedAt: updatedAt + 1 });
    await persister.restoreQueries(client);
    expect(client.getQueryData(["foo", "bar"])).toBe("newer");
  });

  test("finds a query in the client that has a hash function of its own", async () => {
    const queryKeyHashFn = () => "mine";
    const { persister } = await openWith("kept", { queries: { queryKeyHashFn } });
    const { client } = openTab();
    const query = client.getQueryCache().build(client, { queryKey: ["foo", "bar"], queryKeyHashFn });
    await persister.restoreQueries(client);
    expect([query.state.data, client.getQueryCache().getAll()]).toEqual(["kept", [query]]);
  });

  test("restores more queries than a page of a list has", async () => {
    const { client, persister, store } = openTab();
    const entries = Array.from({ length: 205 }, (_, i) => ({
      key: `tanstack-query/[${i}]`,
      result: { queryHash: `[${i}]`, queryKey: [i], buster: "", data: i, dataUpdatedAt: Date.now() },
    }));
    await store.writeMany(entries);
    await persister.restoreQueries(client);
    expect(client.getQueryCache().getAll()).toHaveLength(205);
  });
});

describe("removeQueries", () => {
  test.each(filters)("with %o", async (which, isMatch) => {
    const { persister, keys } = await openWith("kept");
    await persister.removeQueries(which);
    expect(await keys()).toHaveLength(isMatch ? 0 : 1);
  });

  test.each(parts)("the key %o with %o", async (key, which, isMatch) => {
    const { persister, keys } = await openWith("kept", { key });
    await persister.removeQueries(which);
    expect(await keys()).toHaveLength(isMatch ? 0 : 1);
  });
});
