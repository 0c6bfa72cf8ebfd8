import { expect, onTestFinished, test } from "vitest";
import { connect, type Remote } from "../contexts/remote.ts";
import type { TabActor } from "./tab-actor.ts";
import { keep, openTab, queryKey, Server, show } from "./tools.ts";

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

test("two tabs ask at once, and one of them fetches", async () => {
  const { client, other } = await openBoth();
  const server = new Server();
  const shown = show(client, { queryKey, queryFn: server.queryFn });
  await other.succeed("from the other tab");
  await shown;
  expect(client.getQueryData(queryKey)).toBe("from the other tab");
  await expect.poll(() => other.data(queryKey)).toBe("from the other tab");
  // it was fetched after this tab had asked, so it is new enough although its staleTime is 0
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(server.calls).toBe(0);
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
