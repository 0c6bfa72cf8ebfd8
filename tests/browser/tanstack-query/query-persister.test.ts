import { dehydrate, hydrate, QueryClient } from "@tanstack/query-core";
import { describe, expect, test } from "vitest";
import { createQueryPersister } from "../../../src/integrations/tanstack-query/query-persister.ts";
import { createMetadata } from "../store/store-tools.ts";
import { keep, openTab, queryKey, recordKey, Server, show } from "./tools.ts";

const minuteAgo = () => Date.now() - 60_000;

describe("a query without data", () => {
  test("fetches if there is no store", async () => {
    const { persisterFn, ...others } = createQueryPersister({ store: undefined });
    const client = new QueryClient({ defaultOptions: { queries: { persister: persisterFn } } });
    const { queryFn } = new Server();
    expect(await client.query({ queryKey, queryFn })).toBe("fetched 1");
    await others.persistQueryByKey(queryKey, client);
    expect(await others.retrieveQuery('["foo"]')).toBeUndefined();
    await Promise.all([others.restoreQueries(client), others.removeQueries(), others.persisterGc()]);
  });

  test("fetches if nothing is kept, and keeps the data as it is", async () => {
    const { client, store, keys } = openTab();
    const data = { bytes: new Uint8Array([1, 2]), map: new Map([[1, new Date(5)]]), big: 7n };
    await client.query({ queryKey, queryFn: async () => data });
    expect(await keys()).toEqual([recordKey]);
    const { dataUpdatedAt } = client.getQueryState(queryKey)!;
    const record = await store.withOptions({ cacheResultInMemory: false }).read(recordKey);
    expect(record?.result).toMatchObject({ queryHash: '["foo"]', queryKey, buster: "", data });
    expect(Number(record!.expiration) - dataUpdatedAt).toBeCloseTo(24 * 3_600_000, -4);
  });

  test("takes what is kept, with the time at which it was fetched", async () => {
    const updatedAt = minuteAgo();
    const { client } = openTab({ name: await keep("kept", { updatedAt }) });
    const server = new Server();
    await show(client, { queryKey, queryFn: server.queryFn, staleTime: 3_600_000 });
    await expect.poll(() => client.getQueryState(queryKey)!.dataUpdatedAt).toBe(updatedAt);
    expect(client.getQueryData(queryKey)).toBe("kept");
    expect(server.calls).toBe(0);
  });

  test("fetches in the background if what is kept is stale", async () => {
    const { client } = openTab({ name: await keep("kept", { updatedAt: minuteAgo() }) });
    const { queryFn } = new Server();
    const seen: unknown[] = [];
    client.getQueryCache().subscribe(({ query }) => seen.push(query.state.data));
    await show(client, { queryKey, queryFn, staleTime: 1_000 });
    await expect.poll(() => client.getQueryData(queryKey)).toBe("fetched 1");
    expect(seen).toContain("kept");
  });

  test('fetches in the background even if it is fresh, with refetchOnRestore: "always"', async () => {
    const { client } = openTab({ name: await keep("kept"), refetchOnRestore: "always" });
    await show(client, { queryKey, queryFn: new Server().queryFn, staleTime: Infinity });
    await expect.poll(() => client.getQueryData(queryKey)).toBe("fetched 1");
  });

  test("does not fetch what is stale with refetchOnRestore: false", async () => {
    const updatedAt = minuteAgo();
    const { client } = openTab({ name: await keep("kept", { updatedAt }), refetchOnRestore: false });
    const server = new Server();
    await show(client, { queryKey, queryFn: server.queryFn });
    await expect.poll(() => client.getQueryState(queryKey)!.dataUpdatedAt).toBe(updatedAt);
    expect(client.getQueryState(queryKey)).toMatchObject({ data: "kept", fetchStatus: "idle" });
    expect(server.calls).toBe(0);
  });

  test.each<[string, unknown]>([
    ["null", null],
    ["an empty text", ""],
    ["zero", 0],
    ["false", false],
  ])("takes %s that is kept", async (_, data) => {
    const { client } = openTab({ name: await keep(data) });
    expect(await client.query({ queryKey, queryFn: new Server().queryFn })).toBe(data);
  });

  test("keeps data that was set meanwhile, with its own time", async () => {
    const { client } = openTab({ name: await keep("kept", { updatedAt: minuteAgo() }) });
    const setAt = Date.now() - 1_000;
    await client.query({ queryKey, queryFn: new Server().queryFn });
    client.setQueryData(queryKey, "set", { updatedAt: setAt });
    await new Promise((resolve) => setTimeout(resolve));
    expect(client.getQueryState(queryKey)).toMatchObject({ data: "set", dataUpdatedAt: setAt });
  });
});

describe("a query that gets data while the store is asked", () => {
  const ask = async (updatedAt: number, staleTime: number) => {
    const { client } = openTab({ name: await keep("kept", { updatedAt: minuteAgo() }) });
    const server = new Server();
    const shown = show(client, { queryKey, queryFn: server.queryFn, staleTime });
    const elsewhere = new QueryClient();
    elsewhere.setQueryData(queryKey, "rendered on the server", { updatedAt });
    hydrate(client, dehydrate(elsewhere));
    await shown;
    await expect.poll(() => client.isFetching()).toBe(0);
    await new Promise((resolve) => setTimeout(resolve));
    const { data, dataUpdatedAt } = client.getQueryState(queryKey)!;
    return { data, dataUpdatedAt, calls: server.calls };
  };

  test("keeps newer data, with its time", async () => {
    const updatedAt = Date.now() - 1_000;
    expect(await ask(updatedAt, 5_000)).toEqual({ data: "rendered on the server", dataUpdatedAt: updatedAt, calls: 0 });
  });

  test("takes newer data from the store", async () => {
    const updatedAt = minuteAgo() - 1_000;
    const { data, dataUpdatedAt } = await ask(updatedAt, Infinity);
    expect([data, dataUpdatedAt > updatedAt]).toEqual(["kept", true]);
  });
});

describe("a record is not used, but replaced", () => {
  const replaces = async (tab: Parameters<typeof openTab>[0]) => {
    const { client, persister } = openTab(tab);
    expect(await client.query({ queryKey, queryFn: new Server().queryFn })).toBe("fetched 1");
    expect(await persister.retrieveQuery('["foo"]')).toBe("fetched 1");
  };

  test("if it is older than maxAge, even if it was kept for longer", async () => {
    await replaces({ name: await keep("kept", { updatedAt: minuteAgo() }), maxAge: "1s" });
  });

  test("if it has another buster", async () => {
    await replaces({ name: await keep("kept", { buster: "1" }), buster: "2" });
  });

  test("if it is damaged", async () => {
    const { name, store } = openTab();
    await store.resultStorage.write(recordKey, new Uint8Array([1]), { metadata: createMetadata(recordKey) });
    await replaces({ name });
  });

  test.each([
    ["of something else", "{invalid[item"],
    ["of a query without a time", { queryHash: '["foo"]', queryKey, buster: "", data: 1 }],
    ["of a query without data", { queryHash: '["foo"]', queryKey, buster: "", dataUpdatedAt: 1e15 }],
    ["of another query", { queryHash: '["bar"]', queryKey, buster: "", data: 1, dataUpdatedAt: 1e15 }],
  ])("if it is %s", async (_, value) => {
    const { name, store } = openTab();
    await store.write(recordKey, value);
    await replaces({ name });
  });
});

describe("a query with data", () => {
  test("fetches, and replaces what is kept, by refetch and by invalidateQueries", async () => {
    const { client, persister } = openTab({ name: await keep("kept") });
    await show(client, { queryKey, queryFn: new Server().queryFn, staleTime: Infinity });
    await client.refetchQueries({ queryKey });
    expect(client.getQueryData(queryKey)).toBe("fetched 1");
    await client.invalidateQueries({ queryKey });
    expect(client.getQueryData(queryKey)).toBe("fetched 2");
    expect(await persister.retrieveQuery('["foo"]')).toBe("fetched 2");
  });

  test("fetches again after an invalidation that came while it fetched", async () => {
    const { client, persister } = openTab();
    const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const answers = ["zero", first.promise, second.promise];
    let calls = 0;
    await show(client, { queryKey, queryFn: () => answers[calls++]! });
    const old = client.refetchQueries({ queryKey });
    await expect.poll(() => calls).toBe(2);
    const invalidated = client.invalidateQueries({ queryKey });
    await expect.poll(() => calls).toBe(3);
    second.resolve("new");
    await invalidated;
    first.resolve("old");
    await old;
    expect(client.getQueryData(queryKey)).toBe("new");
    expect(await persister.retrieveQuery('["foo"]')).toBe("new");
  });

  test("is taken from the store again after its client has dropped it", async () => {
    const { client } = openTab({ queries: { gcTime: 0 } });
    const server = new Server();
    await client.query({ queryKey, queryFn: server.queryFn });
    await expect.poll(() => client.getQueryData(queryKey)).toBeUndefined();
    expect(await client.query({ queryKey, queryFn: server.queryFn })).toBe("fetched 1");
  });
});

describe("nothing is kept", () => {
  test("of a query that the filters leave out", async () => {
    const predicate = () => false;
    const { client, keys } = openTab({ name: await keep("kept", { key: ["bar"] }), filters: { predicate } });
    expect(await client.query({ queryKey: ["bar"], queryFn: new Server().queryFn })).toBe("fetched 1");
    await client.query({ queryKey, queryFn: new Server().queryFn });
    expect(await keys()).toEqual(['tanstack-query/["bar"]']);
  });

  test("of an error, and each retry calls the query function", async () => {
    const { client, keys } = openTab({ queries: { retry: 1, retryDelay: 0 } });
    let calls = 0;
    const queryFn = async () => Promise.reject(new Error(`failed ${++calls}`));
    await expect(client.query({ queryKey, queryFn, retry: 1 })).rejects.toThrow("failed 2");
    expect(await keys()).toEqual([]);
    expect(await client.query({ queryKey, queryFn: new Server().queryFn })).toBe("fetched 1");
  });

  test("of data that TanStack Query refuses", async () => {
    const { client, keys } = openTab();
    await expect(client.query({ queryKey, queryFn: () => undefined })).rejects.toThrow("undefined");
    expect(await keys()).toEqual([]);
  });

  test("of data that can't be kept. The query has it, and an event says why", async () => {
    const errors: unknown[] = [];
    const { client } = openTab({ onEvent: (event) => event.type === "write-error" && errors.push(event.error) });
    const data = { call: () => 1 };
    expect(await client.query({ queryKey, queryFn: async () => data })).toBe(data);
    expect(errors).toEqual([expect.objectContaining({ code: "SERIALIZATION" })]);
  });
});

describe("keys", () => {
  test.each<[string, readonly unknown[]]>([
    ["odd characters", ["a/b", "ü 😀", '"', "\ud800", "", null, { b: 1, a: [undefined] }]],
    ["more than the store takes", ["long", "é".repeat(2_000)]],
    ["nothing", []],
  ])("with %s", async (_, key) => {
    const { name, client, persister } = openTab();
    const server = new Server();
    await client.query({ queryKey: key, queryFn: server.queryFn });
    await client.query({ queryKey: ["long", "é".repeat(2_001)], queryFn: server.queryFn });
    const reloaded = openTab({ name });
    expect(await reloaded.client.query({ queryKey: key, queryFn: server.queryFn })).toBe("fetched 1");
    await persister.removeQueries({ queryKey: key, exact: true });
    expect(await openTab({ name }).client.query({ queryKey: key, queryFn: server.queryFn })).toBe("fetched 3");
  });

  test("with a hash function of their own", async () => {
    const queries = { queryKeyHashFn: ([part]: readonly unknown[]) => `\udfff${String(part)}` };
    const { name, client, persister } = openTab({ queries });
    const server = new Server();
    await client.query({ queryKey: [7n], queryFn: server.queryFn });
    const reloaded = openTab({ name, queries });
    expect(await reloaded.client.query({ queryKey: [7n], queryFn: server.queryFn })).toBe("fetched 1");
    await persister.removeQueries({ queryKey: [8n] });
    expect(await persister.retrieveQuery("\udfff7")).toBe("fetched 1");
    await persister.removeQueries({ queryKey: [7n], exact: true });
    expect(await persister.retrieveQuery("\udfff7")).toBeUndefined();
  });

  test("of two persisters with different prefixes", async () => {
    const { name, client } = openTab({ prefix: "one" });
    const { queryFn } = new Server();
    await client.query({ queryKey, queryFn });
    const other = openTab({ name, prefix: "two" });
    expect(await other.client.query({ queryKey, queryFn })).toBe("fetched 2");
    await other.persister.removeQueries();
    expect(await other.keys()).toEqual(['one/["foo"]']);
  });
});

test("an infinite query keeps its pages and their parameters, and the next page", async () => {
  const { name, client } = openTab();
  let calls = 0;
  const options = {
    queryKey,
    queryFn: async ({ pageParam }: { pageParam: number }) => `page ${pageParam}, call ${++calls}`,
    initialPageParam: 0,
    getNextPageParam: (_: string, pages: string[]) => pages.length,
  };
  const data = { pages: ["page 0, call 1", "page 1, call 2"], pageParams: [0, 1] };
  expect(await client.infiniteQuery({ ...options, pages: 2 })).toEqual(data);
  expect(await openTab({ name }).client.infiniteQuery(options)).toEqual(data);
  expect(calls).toBe(2);
});

test.each([
  [{ prefix: "" }, "prefix"],
  [{ prefix: "p".repeat(101) }, "prefix"],
  [{ maxAge: "soon" }, "maxAge"],
  [{ maxAge: -1 }, "maxAge"],
  [{ maxage: 1 }, 'did you mean "maxAge"'],
  [{ store: {} as never }, "ResultStore"],
])("the options %o are refused", (options, text) => {
  expect(() => createQueryPersister({ store: undefined, ...options })).toThrow(text);
});

test("a persister without the option store is refused, and so is a misspelt filter", async () => {
  expect(() => createQueryPersister({} as never)).toThrow("ResultStore");
  const { persister, client } = openTab();
  await expect(persister.removeQueries({ querykey: [] } as never)).rejects.toThrow('did you mean "queryKey"');
  await expect(persister.restoreQueries(client, { exat: true } as never)).rejects.toThrow('did you mean "exact"');
});

test.each([Infinity, Number.MAX_SAFE_INTEGER])("with maxAge: %d, what is kept does not expire", async (maxAge) => {
  const { store } = openTab({ name: await keep("kept", { maxAge, updatedAt: 1 }) });
  expect((await store.read(recordKey))?.expiration).toBeUndefined();
});
