import { expect, test } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { put } from "../../../src/testing/storages/storage-scene.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";

for (const { name, run } of storageContract({ create: async () => new MemoryStorage() })) test(name, run);

test("an etag of another storage may be any text", async () => {
  const storage = new MemoryStorage();
  const etag = 'W/"a b" c';
  await put(storage, "k", { etag });
  await put(storage, "k", { since: await storage.begin("k") });
  expect((await storage.read("k"))?.etag).not.toBe(etag);
});
