import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import type { LockGrant } from "../../../src/core/locks/result-lock-manager.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { DurableObjectLockManager } from "../../../src/edge/durable-objects/durable-object-lock-manager.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { put } from "../../../src/testing/storages/storage-scene.ts";
import { codeOf } from "../../core/record/record-tools.ts";
import { clearBindings, kv, r2 } from "../bindings/storage-tools.ts";
import { createStore } from "../../stores.ts";

beforeEach(clearBindings);

const storages: [string, () => ResultStorage][] = [
  ["R2Storage", () => new R2Storage({ bucket: r2 })],
  ["EdgeStorage", () => new EdgeStorage({ kv, r2 })],
];

/** The grant of one who was stopped right after it: nothing tells it of its loss. */
async function grantOfStopped(key: string): Promise<LockGrant> {
  const locks = new DurableObjectLockManager({ namespace: env.RESULT_LOCKS });
  const grant = await locks.acquireLock(key, "stopped", { holdTimeout: 20 });
  return { ...grant!, signal: new AbortController().signal };
}

test.for(storages)(
  "%s: a holder that was stopped just before its write is refused, from its successor's grant on and for good",
  async ([, createStorage]) => {
    const key = `late/${crypto.randomUUID()}`;
    const late = await grantOfStopped(key);
    const storage = createStorage();
    // what it found under its lock was nothing, and at first nothing is there still
    const write = () => codeOf(() => put(storage, key, { grant: late, found: null }));

    const lockManager = new DurableObjectLockManager({ namespace: env.RESULT_LOCKS });
    const store = createStore({ resultStorage: createStorage(), lockManager, cacheResultInMemory: false });
    const next = await store.acquireLock(key, { acquireTimeout: "10s" });
    expect(next).toMatchObject({ takenOver: true });
    expect(await write()).toBe("STALE_LOCK");
    expect(await store.read(key, { holder: next!.holder })).toBeUndefined();

    await store.write(key, "rightful", { holder: next!.holder });
    expect(await write()).toBe("STALE_LOCK");
    await store.releaseLock(key, next!);
    expect(await write()).toBe("STALE_LOCK");
    expect((await store.read(key))?.result).toBe("rightful");

    await store.delete(key);
    expect(await write()).toBe("STALE_LOCK");
    expect(await store.read(key)).toBeUndefined();
    await store.close();
  },
);
