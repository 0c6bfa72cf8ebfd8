import { QueryClient } from "@tanstack/query-core";
import {
  persistQueryClient,
  persistQueryClientRestore,
  persistQueryClientSave,
  type Persister,
} from "@tanstack/query-persist-client-core";
import { expect, onTestFinished, test, vi } from "vitest";
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import {
  createClientPersister,
  type ClientPersisterOptions,
} from "../../../src/integrations/tanstack-query/client-persister.ts";
import { createMetadata } from "../store/store-tools.ts";
import { queryKey } from "./tools.ts";

const recordKey = "tanstack-query-client";

function open({ name = crypto.randomUUID(), ...options }: Partial<ClientPersisterOptions> & { name?: string } = {}) {
  const events: StoreEvent[] = [];
  const store = createResultStore({ name, onEvent: (event) => events.push(event) });
  const persister: Persister = createClientPersister({ store, ...options });
  const queryClient = new QueryClient();
  onTestFinished(() => queryClient.clear());
  const writes = () => events.filter(({ type }) => type === "write").length;
  return { name, store, events, persister, queryClient, writes };
}

const pause = (time: number) => new Promise((resolve) => setTimeout(resolve, time));

/** Keeps a client with `data`. */
async function save(data: unknown, buster?: string) {
  const { name, ...tab } = open();
  tab.queryClient.setQueryData(queryKey, data);
  await persistQueryClientSave({ ...tab, ...(buster !== undefined && { buster }) });
  return name;
}

test("a client is restored as it was kept, with values that JSON doesn't have", async () => {
  const data = { bytes: new Uint8Array([1, 2]), at: new Date(5), none: undefined };
  const tab = open({ name: await save(data) });
  await persistQueryClientRestore(tab);
  expect(tab.queryClient.getQueryData(queryKey)).toEqual(data);
});

test("paused mutations are kept too", async () => {
  const { name, ...tab } = open();
  tab.queryClient.getMutationCache().build(tab.queryClient, { mutationKey: ["add"] });
  await persistQueryClientSave({ ...tab, dehydrateOptions: { shouldDehydrateMutation: () => true } });
  const reloaded = open({ name });
  await persistQueryClientRestore(reloaded);
  expect(reloaded.queryClient.getMutationCache().getAll()).toHaveLength(1);
});

test("nothing is restored if nothing is kept", async () => {
  const tab = open();
  await persistQueryClientRestore(tab);
  expect(tab.queryClient.getQueryCache().getAll()).toEqual([]);
});

test.each([
  ["of another buster", { buster: "2" }],
  ["that is too old", { maxAge: -1 }],
])("a client %s is removed", async (_, options) => {
  const tab = open({ name: await save("kept") });
  await persistQueryClientRestore({ ...tab, ...options });
  expect(tab.queryClient.getQueryData(queryKey)).toBeUndefined();
  expect(await tab.store.exists(recordKey)).toBe(false);
});

test("a damaged record is removed, and restoring rejects with the reason", async () => {
  for (const method of ["error", "warn"] as const) vi.spyOn(console, method).mockReturnValue();
  const tab = open();
  await tab.store.resultStorage.write(recordKey, new Uint8Array([1]), { metadata: createMetadata(recordKey) });
  await expect(persistQueryClientRestore(tab)).rejects.toMatchObject({ code: "CORRUPT_RECORD" });
  expect(await tab.store.resultStorage.read(recordKey)).toBeUndefined();
});

test("many changes make few writes, and the last one is kept", async () => {
  const throttleTime = 100;
  const tab = open({ throttleTime });
  const [unsubscribe, restored] = persistQueryClient(tab);
  await restored;
  const began = performance.now();
  for (let i = 1; i <= 50; i++) {
    tab.queryClient.setQueryData(queryKey, i);
    await pause(5);
  }
  await expect.poll(async () => (await tab.persister.restoreClient())?.clientState.queries[0]?.state.data).toBe(50);
  expect(tab.writes()).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - began) / throttleTime));
  unsubscribe();
});

test("a client that was removed is not written again by a state that waited", async () => {
  const { persister, queryClient, store, writes } = open({ throttleTime: 100 });
  await persistQueryClientSave({ persister, queryClient });
  const waiting = persistQueryClientSave({ persister, queryClient });
  await persister.removeClient();
  expect(await store.exists(recordKey)).toBe(false);
  await waiting;
  expect(await store.exists(recordKey)).toBe(false);
  expect(writes()).toBe(1);
  await persistQueryClientSave({ persister, queryClient });
  expect(await store.exists(recordKey)).toBe(true);
});

test("a client that is removed while it is written is gone afterwards", async () => {
  const { persister, queryClient, store } = open();
  const { resultStorage: storage } = store;
  const [began, settled] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const write = storage.write.bind(storage);
  vi.spyOn(storage, "write").mockImplementation(async (...args) => {
    began.resolve();
    await settled.promise;
    return write(...args);
  });
  const saved = persistQueryClientSave({ persister, queryClient });
  await began.promise;
  const removed = persister.removeClient();
  await Promise.race([removed, pause(100)]);
  settled.resolve();
  await Promise.all([saved, removed]);
  expect(await store.exists(recordKey)).toBe(false);
});

test("a client that can't be kept rejects nothing, and an event says why", async () => {
  const { persister, queryClient, events } = open({ throttleTime: 0 });
  queryClient.setQueryData(queryKey, { call: () => 1 });
  await persistQueryClientSave({ persister, queryClient });
  const error = expect.objectContaining({
    code: "SERIALIZATION",
    path: expect.stringContaining("call") as string,
  }) as Error;
  expect(events).toContainEqual({ type: "write-error", key: recordKey, error });
  queryClient.setQueryData(queryKey, 1);
  await persistQueryClientSave({ persister, queryClient });
  expect(await persister.restoreClient()).toMatchObject({ clientState: { queries: [{ queryKey }] } });
});

test("two clients have records of their own under different keys", async () => {
  const first = open({ key: "client/first" });
  const second = open({ name: first.name, key: "client/second" });
  await persistQueryClientSave(first);
  expect(await second.persister.restoreClient()).toBeUndefined();
});

test("without a store nothing is kept", async () => {
  const persister = createClientPersister({ store: undefined });
  await persister.persistClient({});
  expect(await persister.restoreClient()).toBeUndefined();
  await persister.removeClient();
});

test.each([
  [{ key: "" }, "can't be empty"],
  [{ throttleTime: "soon" }, "throttleTime"],
  [{ throttletime: 1 }, 'did you mean "throttleTime"'],
  [{ store: 5 as never }, "ResultStore"],
])("the options %o are refused", (options, text) => {
  expect(() => createClientPersister({ store: undefined, ...options })).toThrow(text);
});
