import { env } from "cloudflare:workers";
import { afterAll } from "vitest";
import { MemoryStorage } from "../../src/core/storages/memory-storage.ts";
import type { ResultStorage } from "../../src/core/storages/result-storage.ts";
import type { ResultStore } from "../../src/core/store/result-store.ts";
import { DurableObjectLockManager } from "../../src/edge/durable-objects/durable-object-lock-manager.ts";
import { EdgeStorage } from "../../src/edge/store/edge-storage.ts";
import { KvStorage } from "../../src/edge/kv/kv-storage.ts";
import { R2Storage } from "../../src/edge/r2/r2-storage.ts";
import { MemoryChannel } from "../memory-world.ts";
import type { Place, PlaceTools } from "../parity/parity-world.ts";
import { runParity } from "../parity/run-parity.ts";
import { clearBindings, kv, r2 } from "./bindings/storage-tools.ts";
import { createStore as createTestStore } from "../stores.ts";

const inKv = () => new KvStorage({ namespace: kv });
const inR2 = () => new R2Storage({ bucket: r2 });

interface EdgePlace {
  readonly place: Place;
  readonly isStrong: boolean;
  readonly createStorage: () => ResultStorage;
  readonly createOtherStorage: () => ResultStorage;
}

const edgePlaces: readonly EdgePlace[] = [
  { place: "R2", isStrong: true, createStorage: inR2, createOtherStorage: inKv },
  { place: "KV", isStrong: false, createStorage: inKv, createOtherStorage: inR2 },
  {
    place: "R2 and KV",
    isStrong: true,
    createStorage: () => new EdgeStorage({ kv, r2 }),
    createOtherStorage: () => new MemoryStorage(),
  },
];

/** Stores with a storage and a lock manager each, as isolates have them. Names differ from world to world, so what is left behind disturbs none. */
function createTools({ createStorage, ...tools }: EdgePlace): PlaceTools {
  const stores: ResultStore[] = [];
  const channels = new Set<MemoryChannel>();
  const createLockManager = () => new DurableObjectLockManager({ namespace: env.RESULT_LOCKS });
  return {
    ...tools,
    followsAwaits: true,
    runtime: "worker",
    createStore(options) {
      const store = createTestStore({
        resultStorage: createStorage(),
        lockManager: createLockManager(),
        changes: new MemoryChannel(channels),
        ...options,
      });
      stores.push(store);
      return store;
    },
    createLockManager,
    async putBytes(key, bytes) {
      await kv.delete(key);
      await (tools.place === "KV" ? kv : r2).put(key, bytes);
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()));
    },
  };
}

for (const each of edgePlaces) runParity(each.place, () => createTools(each));

afterAll(clearBindings);
