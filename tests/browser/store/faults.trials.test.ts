import * as fc from "fast-check";
import { vi } from "vitest";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { faultyCalls, troubles, tryFaulty } from "../../trials/faulty-world.ts";
import { trial } from "../../trials/trial.ts";
import { freshName } from "../storage/indexed-db-tools.ts";

let faults = 0;

trial(
  "every call ends and nothing wrong is served, with any failure before and behind IndexedDB",
  { kind: "histories", short: 5, long: 500, faults: () => faults },
  fc.asyncProperty(troubles, faultyCalls, async (trouble, calls) => {
    const name = freshName();
    const [storage, locks] = [new IndexedDbStorage({ name }), new WebLockManager({ name })];
    const until = (condition: () => boolean) => vi.waitUntil(condition, { interval: 5 });
    faults += await tryFaulty({ storage, locks, locksFail: false, until }, trouble, calls);
    await Promise.all([storage.close(), locks.close()]);
  }),
);
