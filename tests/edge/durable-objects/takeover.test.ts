import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { generateComputationHolder } from "../../../src/core/locks/holder.ts";
import { RemoteLockManager } from "../../../src/core/remote-locks/remote-lock-manager.ts";
import { DurableObjectLocks } from "../../../src/edge/durable-objects/durable-object-locks.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { DurableObjectLockManager } from "../../../src/edge/durable-objects/durable-object-lock-manager.ts";
import { codeOf } from "../../core/record/record-tools.ts";
import { createStore } from "../../stores.ts";

const newKey = () => `takeover/${crypto.randomUUID()}`;
const openStore = (lockManager: RemoteLockManager) =>
  createStore({ resultStorage: new R2Storage({ bucket: env.RESULTS_R2 }), lockManager });

test("one who gives up in the moment of its grant leaves it to the next one to shut out the holder before", async () => {
  const key = newKey();
  const late = openStore(new DurableObjectLockManager({ namespace: env.RESULT_LOCKS }));
  await late.acquireLock(key, { holder: "late", holdTimeout: 1 });
  await late.waitForLock(key);

  const service = new DurableObjectLocks(env.RESULT_LOCKS);
  const giving = new AbortController();
  const acquire = service.acquire.bind(service);
  service.acquire = async (...args) => {
    const lease = await acquire(...args);
    giving.abort(new Error("no more"));
    return lease;
  };
  const gone = openStore(new RemoteLockManager(service));
  await expect(gone.acquireLock(key, { signal: giving.signal })).rejects.toThrow("no more");

  const next = openStore(new DurableObjectLockManager({ namespace: env.RESULT_LOCKS }));
  await using grant = await next.acquireLock(key);
  expect(grant?.takenOver).toBe(true);
  expect(await codeOf(() => late.write(key, "late", { holder: "late" }))).toBe("STALE_LOCK");
});

test("an invalidation between a takeover and its fence takes that grant, and its caller computes under another one", async () => {
  const key = newKey();
  const namespace = env.RESULT_LOCKS;
  const late = new DurableObjectLockManager({ namespace });
  await late.acquireLock(key, generateComputationHolder(), { holdTimeout: 1 });
  await late.waitForLock(key);

  const events: string[] = [];
  const resultStorage = new R2Storage({ bucket: env.RESULTS_R2 });
  const fence = resultStorage.fence.bind(resultStorage);
  resultStorage.fence = async (...args) => {
    resultStorage.fence = fence;
    await openStore(new DurableObjectLockManager({ namespace })).invalidate(key);
    await fence(...args);
  };
  const lockManager = new DurableObjectLockManager({ namespace });
  const store = createStore({ resultStorage, lockManager, onEvent: ({ type }) => events.push(type) });
  expect(await store.getOrCompute(key, () => 1)).toBe(1);
  expect(events).toEqual([
    ...["call-start", "look", "miss", "lock-acquired", "look"],
    ...["compute-start", "compute-end", "write", "lock-released", "done"],
  ]);
  expect((await openStore(lockManager).read(key))?.result).toBe(1);
});
