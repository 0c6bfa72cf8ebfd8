import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { beforeEach } from "vitest";
import type { PartialStoreOptions } from "../../../src/core/options/store-options.ts";
import { CacheApiStorage } from "../../../src/edge/cache-api/cache-api-storage.ts";
import { DurableObjectLockManager } from "../../../src/edge/durable-objects/durable-object-lock-manager.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { createStore } from "../../stores.ts";
import { tryHistory } from "../../trials/history.ts";
import { clients } from "../../trials/history-commands.ts";
import type { Promises } from "../../trials/history-calls.ts";
import { trial } from "../../trials/trial.ts";
import { clearBindings, elsewhere, kv, newInvalidations, r2 } from "../bindings/storage-tools.ts";
import { staleKv } from "./stale-kv.ts";

interface World {
  readonly promises: Promises;
  readonly keysOnly: boolean;
  /** The storages of three isolates. */
  readonly storages: (isStale: () => boolean) => readonly NonNullable<PartialStoreOptions["resultStorage"]>[];
}

const three = <T>(create: () => T): T[] => Array.from({ length: 3 }, create);

const worlds: Record<string, World> = {
  R2: { promises: "linearizable", keysOnly: true, storages: () => three(() => new R2Storage({ bucket: r2 })) },
  "R2 and a KV whose copies lag": {
    promises: "committed",
    keysOnly: true,
    storages: (isStale) => three(() => new EdgeStorage({ kv: staleKv(kv, isStale), r2 })),
  },
  "R2, a KV whose copies lag, and invalidations": {
    promises: "committed",
    keysOnly: false,
    storages(isStale) {
      const invalidations = newInvalidations();
      return three(() => new EdgeStorage({ kv: staleKv(kv, isStale), r2, invalidations: elsewhere(invalidations) }));
    },
  },
  "R2, a KV whose copies lag, copies in three data centers that lag for ever, and invalidations": {
    promises: "committed",
    keysOnly: false,
    storages(isStale) {
      const invalidations = newInvalidations();
      return three(() => {
        const dataCenterCopies = new CacheApiStorage({ name: crypto.randomUUID(), copyTtl: "1h" });
        return new EdgeStorage({
          kv: staleKv(kv, isStale),
          r2,
          dataCenterCopies,
          invalidations: elsewhere(invalidations),
        });
      });
    },
  },
};

beforeEach(clearBindings);

for (const [name, { storages, ...world }] of Object.entries(worlds)) {
  trial(
    `some order explains all calls under locks and in transactions of three isolates over ${name}`,
    { kind: "histories", short: 3, long: 300 },
    fc.asyncProperty(clients, fc.infiniteStream(fc.nat({ max: 9 })), async (all, chosen) => {
      await clearBindings();
      const choose = () => chosen.next().value as number;
      const stores = storages(() => choose() > 3).map((resultStorage) =>
        createStore({
          resultStorage,
          lockManager: new DurableObjectLockManager({ namespace: env.RESULT_LOCKS }),
          cacheResultInMemory: false,
          onEvent: () => {},
        }),
      );
      // long enough for calls of others
      const pause = () => scheduler.wait(4 * choose());
      await tryHistory({ ...world, stores, pause, outlast: () => scheduler.wait(5) }, all);
    }),
  );
}
