import { describe, expect, test } from "vitest";
import type { PartialStoreOptions } from "../../../src/core/options/store-options.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { HttpLockManager } from "../../../src/http/http-lock-manager.ts";
import type { HttpOptions } from "../../../src/http/requests/http-options.ts";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { sample } from "../../../src/testing/storages/storage-scene.ts";
import { gate, type StoreWorld } from "../../../src/testing/stores/store-world.ts";
import { storeContract } from "../../../src/testing/stores/store.contract.ts";
import { MemoryChannel } from "../../memory-world.ts";
import { clearBindings, kv, newInvalidations, r2 } from "../../edge/bindings/storage-tools.ts";
import { connect } from "./http-world.ts";
import { createStore as createTestStore } from "../../stores.ts";

function createHttpStore(remote: HttpOptions, options: PartialStoreOptions = {}): ResultStore {
  return createTestStore({
    ...options,
    resultStorage: new HttpStorage(remote),
    lockManager: new HttpLockManager(remote),
  });
}

async function createHttpWorld(): Promise<StoreWorld> {
  await clearBindings();
  const storage = new EdgeStorage({ kv, r2, invalidations: newInvalidations() });
  const remote = connect({ storage: () => storage });
  const channels = new Set<MemoryChannel>();
  const stores: ResultStore[] = [];
  return {
    createStore(options) {
      const store = createHttpStore(remote, { changes: new MemoryChannel(channels), ...options });
      stores.push(store);
      return store;
    },
    async putBytes(key, bytes) {
      await kv.delete(key);
      await new R2Storage({ bucket: r2 }).write(key, bytes, { metadata: sample(key).metadata });
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()));
    },
  };
}

describe("a store over HTTP", () => {
  for (const { name, run } of storeContract(createHttpWorld)) test(name, run);
});

test.each([
  ["holds the lock", { writes: false, releases: false }],
  ["has written", { writes: true, releases: false }],
  ["has written and released", { writes: true, releases: true }],
  ["has released without writing", { writes: false, releases: true }],
])("a holder stopped just before its PUT is refused once the next one %s", async (_, { writes, releases }) => {
  const key = `late/${crypto.randomUUID()}`;
  const remote = connect();
  const [arrived, go] = [gate(), gate()];
  const fetch = async (url: string, init: RequestInit) => {
    if (init.method === "PUT") {
      arrived.open();
      await go.opened;
    }
    return remote.fetch(url, init);
  };
  const late = createHttpStore({ ...remote, fetch });
  const next = createHttpStore(remote);
  const lost = await late.acquireLock(key, { holdTimeout: 50 });
  const write = late.write(key, "late", { holder: lost!.holder });
  await arrived.opened;
  const grant = await next.acquireLock(key);
  expect(grant).toMatchObject({ takenOver: true });
  if (writes) await next.write(key, "rightful", { holder: grant!.holder });
  if (releases) await next.releaseLock(key, grant!);
  go.open();
  await expect(write).rejects.toMatchObject({ code: "STALE_LOCK", key });
  if (!releases) await next.releaseLock(key, grant!);
  expect((await next.read(key))?.result).toBe(writes ? "rightful" : undefined);
});
