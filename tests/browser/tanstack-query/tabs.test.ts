import { describe, expect, onTestFinished, test } from "vitest";
import { listen } from "../../../src/core/watching/listen.ts";
import { connect, type Remote } from "../contexts/remote.ts";
import type { TabActor } from "./tab-actor.ts";
import { createQueryPersister, type PersistedQuery } from "../../../src/integrations/tanstack-query/index.ts";
import { keep, openTab, queryKey, recordKey, Server, show } from "./tools.ts";

function openOtherTab(name: string): Remote<TabActor> {
  const worker = new Worker(new URL("./tab-worker.ts", import.meta.url), { type: "module", name });
  onTestFinished(() => worker.terminate());
  return connect<TabActor>(worker);
}

/** Another tab that fetches, and this one. */
async function openBoth(key: readonly unknown[] = queryKey) {
  const tab = openTab();
  const other = openOtherTab(tab.name);
  await other.show(key, 0);
  await expect.poll(() => other.fetches()).toBe(1);
  return { ...tab, other };
}

test.each([
  ["", false],
  [", also with syncQueries", true],
])("two tabs ask at once, and one of them fetches%s", async (_, syncs) => {
  const { client, store, persister, other } = await openBoth();
  if (syncs) onTestFinished(persister.syncQueries(client));
  const server = new Server();
  const shown = show(client, { queryKey, queryFn: server.queryFn });
  await other.succeed("from the other tab");
  await shown;
  expect(client.getQueryData(queryKey)).toBe("from the other tab");
  await expect.poll(() => other.data(queryKey)).toBe("from the other tab");
  // it was fetched after this tab had asked, so it is new enough although its staleTime is 0
  const kept = (await store.read<PersistedQuery>(recordKey))!.result;
  await expect.poll(() => client.getQueryState(queryKey)!.dataUpdatedAt).toBe(kept.dataUpdatedAt);
  expect([client.isFetching(), server.calls]).toEqual([0, 0]);
});

test("a tab that comes later takes what another one has fetched, as old as it is", async () => {
  const { client, other } = await openBoth();
  await other.succeed("from the other tab");
  await expect.poll(() => other.data(queryKey)).toBe("from the other tab");
  const before = Date.now();
  const server = new Server();
  await expect.poll(() => Date.now()).toBeGreaterThan(before);
  await show(client, { queryKey, queryFn: server.queryFn, staleTime: 60_000 });
  await expect.poll(() => client.getQueryState(queryKey)!.dataUpdatedAt).toBeLessThanOrEqual(before);
  expect(server.calls).toBe(0);
});

test("if the fetch of another tab fails, this tab fetches", async () => {
  const { client, other } = await openBoth();
  const shown = show(client, { queryKey, queryFn: new Server().queryFn });
  await other.fail("the other tab is offline");
  await shown;
  expect(client.getQueryData(queryKey)).toBe("fetched 1");
});

test("tabs that show the same stale data fetch it once", async () => {
  const name = await keep("stale", { updatedAt: Date.now() - 60_000 });
  const other = openOtherTab(name);
  const { client } = openTab({ name });
  const server = new Server();
  await other.show(queryKey, 1_000);
  await expect.poll(() => other.fetches()).toBe(1);
  expect(await other.data(queryKey)).toBe("stale");
  await show(client, { queryKey, queryFn: server.queryFn, staleTime: 1_000 });
  expect(client.getQueryData(queryKey)).toBe("stale");
  await expect.poll(() => client.isFetching()).toBe(1);
  await other.succeed("from the other tab");
  await expect.poll(() => client.getQueryData(queryKey)).toBe("from the other tab");
  expect(server.calls).toBe(0);
});

test.each<[string, readonly unknown[], readonly unknown[]]>([
  ["key", ["todos", 1], ["todos", 1]],
  ["beginning of the key", ["todos", 1], ["todos"]],
  ["empty key", ["todos", 1], []],
])("a fetch of another tab that was removed meanwhile, by its %s, is not kept", async (_, key, removed) => {
  const { persister, keys, other } = await openBoth(key);
  await persister.removeQueries({ queryKey: removed });
  await other.succeed("before the removal");
  await expect.poll(() => other.data(key)).toBe("before the removal");
  expect(await keys()).toEqual([]);
});

test("a removal does not touch the fetch of another query", async () => {
  const { persister, keys, other } = await openBoth(["todos2", 1]);
  await persister.removeQueries({ queryKey: ["todos"] });
  await other.succeed("kept");
  await expect.poll(() => keys()).toEqual(['tanstack-query/["todos2",1]']);
});

describe("syncQueries", () => {
  /** This tab shows the query with data of a minute ago, and another one has fetched it again. */
  async function openSynced() {
    const updatedAt = Date.now() - 60_000;
    const tab = openTab({ name: await keep("old", { updatedAt }), queries: { staleTime: Infinity } });
    const server = new Server();
    const options = { queryKey, queryFn: server.queryFn };
    const observer = await show(tab.client, options);
    const stop = tab.persister.syncQueries(tab.client);
    const other = openOtherTab(tab.name);
    await other.show(queryKey, 0);
    await expect.poll(() => other.fetches()).toBe(1);
    const data = () => tab.client.getQueryData(queryKey);
    expect(data()).toBe("old");
    return { ...tab, server, observer, stop, other, data };
  }

  test("shows what another tab fetches, with its time, and what it sets and keeps", async () => {
    const { client, store, server, observer, other, data } = await openSynced();
    await other.succeed("fetched by the other tab");
    await expect.poll(data).toBe("fetched by the other tab");
    const { result } = (await store.read<PersistedQuery>(recordKey))!;
    expect(client.getQueryState(queryKey)!.dataUpdatedAt).toBe(result.dataUpdatedAt);
    await other.set(queryKey, "set by the other tab");
    await expect.poll(() => observer.getCurrentResult().data).toBe("set by the other tab");
    expect([client.isFetching(), server.calls]).toEqual([0, 0]);
  });

  test("doesn't replace newer data, and ends when it is stopped", async () => {
    const { client, other, stop, data, store } = await openSynced();
    client.setQueryData(queryKey, "newer", { updatedAt: Date.now() + 60_000 });
    await other.succeed("fetched by the other tab");
    await other.set(["second"], 1);
    client.setQueryData(["second"], 0, { updatedAt: 1 });
    await other.set(["second"], 2);
    await expect.poll(() => client.getQueryData(["second"])).toBe(2);
    expect(data()).toBe("newer");
    stop();
    const heard = Promise.withResolvers<void>();
    onTestFinished(listen(store, ({ type }) => type === "change" && heard.resolve()));
    await other.set(["second"], 3);
    await heard.promise;
    expect((await store.read<PersistedQuery>('tanstack-query/["second"]'))!.result.data).toBe(3);
    expect(client.getQueryData(["second"])).toBe(2);
  });

  test("finds a query whose hash function is its own", async () => {
    const queries = { queryKeyHashFn: () => "mine" };
    const { name, client, persister } = openTab({ queries: { staleTime: Infinity } });
    await show(client, { queryKey, queryFn: new Server().queryFn, ...queries });
    onTestFinished(persister.syncQueries(client));
    await keep("kept elsewhere", { name, queries, updatedAt: Date.now() + 1_000 });
    await expect.poll(() => client.getQueryCache().get("mine")!.state.data).toBe("kept elsewhere");
    expect(client.getQueryCache().getAll()).toHaveLength(1);
  });

  test("catches up on a page that returns from the back/forward cache", async () => {
    const { name, client, persister } = openTab({ queries: { staleTime: Infinity } });
    await show(client, { queryKey, queryFn: new Server().queryFn });
    await keep("kept meanwhile", { name, updatedAt: Date.now() + 1_000 });
    onTestFinished(persister.syncQueries(client));
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    await expect.poll(() => client.getQueryData(queryKey)).toBe("kept meanwhile");
  });

  test("without a store does nothing", () => {
    expect(createQueryPersister({ store: undefined }).syncQueries(openTab().client)()).toBeUndefined();
  });
});
