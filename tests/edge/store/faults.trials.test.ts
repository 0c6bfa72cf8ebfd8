import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { vi } from "vitest";
import { CacheApiStorage } from "../../../src/edge/cache-api/cache-api-storage.ts";
import { DurableObjectLockManager } from "../../../src/edge/durable-objects/durable-object-lock-manager.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { faultyCalls, troubles, tryFaulty } from "../../trials/faulty-world.ts";
import { trial } from "../../trials/trial.ts";
import { clearBindings, kv, r2 } from "../bindings/storage-tools.ts";

const storages = {
  R2: () => new R2Storage({ bucket: r2 }),
  "R2 with KV": () => new EdgeStorage({ r2, kv }),
  "R2 with KV and copies in the data center": () =>
    new EdgeStorage({ r2, kv, dataCenterCopies: new CacheApiStorage({ name: crypto.randomUUID() }) }),
};

for (const [name, create] of Object.entries(storages)) {
  let faults = 0;
  trial(
    `every call ends and nothing wrong is served, with any failure before and behind ${name}`,
    { kind: "histories", short: 3, long: 300, faults: () => faults },
    fc.asyncProperty(troubles, faultyCalls, async (trouble, calls) => {
      const locks = new DurableObjectLockManager({ namespace: env.RESULT_LOCKS });
      const until = (condition: () => boolean) => vi.waitUntil(condition, { interval: 5 });
      await clearBindings();
      // only with invalidations a computation under way can't outlive it
      const withoutClear = calls.filter(({ kind }) => kind !== "clear");
      faults += await tryFaulty({ storage: create(), locks, locksFail: false, until }, trouble, withoutClear);
    }),
  );
}
