import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createStorage } from "unstorage";
import httpDriver from "unstorage/drivers/http";
import { createStorageServer } from "unstorage/server";
import { afterAll, expect, test } from "vitest";
import { UnstorageStorage } from "../../../src/integrations/unstorage/index.ts";
import { put } from "../../../src/testing/storages/storage-scene.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";

let items = createStorage();
const asked: { method: string | undefined; ttl: string | string[] | undefined }[] = [];
const server = createServer((request, response) => {
  asked.push({ method: request.method, ttl: request.headers["x-ttl"] });
  createStorageServer(items).handle(request, response);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
afterAll(() => void server.close());

const open = () => new UnstorageStorage({ driver: httpDriver({ base }), exclusive: false });

const create = async () => {
  items = createStorage();
  return open();
};
for (const { name, run } of storageContract({ create })) test(name, run);

test("a record's lifetime, with the time in which it may be served stale, reaches the driver in seconds", async () => {
  const storage = await create();
  asked.length = 0;
  await put(storage, "k", { expiration: new Date(Date.now() + 60_000), staleFor: 40_000 });
  await put(storage, "never");
  await put(storage, "over", { expiration: new Date(0) });
  const ttls = asked.filter(({ method }) => method === "PUT").map(({ ttl }) => ttl);
  expect(ttls).toEqual([expect.stringMatching(/^(?:99|100)$/), undefined, "60"]);
});

test("a server that can't be reached is a StorageError", async () => {
  const storage = new UnstorageStorage({ driver: httpDriver({ base: "http://127.0.0.1:9/" }), exclusive: false });
  await expect(storage.read("k")).rejects.toMatchObject({ code: "STORAGE", message: /"http" failed/ });
  await expect(put(storage, "k")).rejects.toMatchObject({ code: "STORAGE" });
  await expect(storage.delete("k")).rejects.toMatchObject({ code: "STORAGE" });
});
