import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
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
