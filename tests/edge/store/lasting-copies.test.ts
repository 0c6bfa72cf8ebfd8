import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { DurableObjectLockManager } from "../../../src/edge/durable-objects/durable-object-lock-manager.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { put } from "../../../src/testing/storages/storage-scene.ts";
import { codeOf } from "../../core/record/record-tools.ts";
import { clearBindings, kv, r2, wrapBinding } from "../bindings/storage-tools.ts";
import { createStore } from "../../stores.ts";

// Ways for a copy in KV to outlive the record in R2 that it was made of.

beforeEach(clearBindings);

test("a deletion deletes the copy, though KV still says here that there is none", async () => {
  await put(new EdgeStorage({ kv, r2 }), "key");
  const cachedAbsence = async () => ({ value: null, metadata: null });
  const { wrapped } = wrapBinding(kv, { getWithMetadata: cachedAbsence as unknown as KVNamespace["getWithMetadata"] });
  expect(await new EdgeStorage({ kv: wrapped, r2 }).delete("key")).toBe(true);
  expect(await new EdgeStorage({ kv, r2 }).read("key")).toBeUndefined();
});

test("a write whose answer was lost leaves no older copy behind", async () => {
  await put(new EdgeStorage({ kv, r2 }), "key");
  const { wrapped } = wrapBinding(r2, {
    put: (async (...args: Parameters<R2Bucket["put"]>) => {
      await r2.put(...args);
      throw new Error("Network connection lost.");
    }) as R2Bucket["put"],
  });
  const cutOff = new EdgeStorage({ kv, r2: wrapped });
  expect(await codeOf(() => put(cutOff, "key", { body: new Uint8Array([9]) }))).toBe("STORAGE");
  await cutOff.close();
  const read = await new EdgeStorage({ kv, r2 }).read("key");
  expect([read?.from, read?.bytes.at(-1)]).toEqual(["r2", 9]);
});

test("a copy that was being made in a request that is over holds up no later change of the record", async () => {
  let isStuck = false;
  const { wrapped } = wrapBinding(kv, {
    put: ((...args: Parameters<KVNamespace["put"]>) => {
      if (isStuck) return kv.put(...args);
      isStuck = true;
      return scheduler.wait(3_600_000);
    }) as KVNamespace["put"],
  });
  const storage = new EdgeStorage({ kv: wrapped, r2 });
  const stub = env.RESULT_LOCKS.getByName(`request/${crypto.randomUUID()}`);
  await runInDurableObject(stub, () => void put(storage, "key").catch(() => {}));
  await expect.poll(() => isStuck).toBe(true);
  await runInDurableObject(stub, (_, state) => state.abort("the request is over")).catch(() => {});
  expect(await storage.delete("key")).toBe(true);
});

test.each(["releases without having written", "is never heard of again"])(
  "who waited for a holder that %s reads what is true, not a copy of what was committed before it",
  async (end) => {
    const key = `lasting-copies/${crypto.randomUUID()}`;
    const open = (namespace: KVNamespace) => {
      const resultStorage = new EdgeStorage({ kv: namespace, r2 });
      const lockManager = new DurableObjectLockManager({ namespace: env.RESULT_LOCKS });
      return createStore({ resultStorage, lockManager, cacheResultInMemory: false });
    };
    const store = open(kv);
    await store.getOrCompute(key, () => "old");
    const stale = await kv.getWithMetadata(key, "arrayBuffer");
    await store.delete(key);
    const { wrapped } = wrapBinding(kv, {
      getWithMetadata: (async () => stale) as unknown as KVNamespace["getWithMetadata"],
    });
    const holdTimeout = end.startsWith("releases") ? 30_000 : 500;
    const grant = await store.acquireLock(key, { holdTimeout });
    const waiting = open(wrapped).read(key);
    await store.isLocked(key);
    if (end.startsWith("releases")) await store.releaseLock(key, { holder: grant!.holder });
    expect(await waiting).toBeUndefined();
  },
);
