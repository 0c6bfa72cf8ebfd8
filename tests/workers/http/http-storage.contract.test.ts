import { describe, test } from "vitest";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";
import { clearBindings, kv, newInvalidations, r2 } from "../../edge/bindings/storage-tools.ts";
import { connect, vouchingLocks } from "./http-world.ts";

describe.for([false, true])("HttpStorage over a Worker with KV and R2, that keeps invalidations: %s", (keeps) => {
  let storage: EdgeStorage;
  const open = () => new HttpStorage(connect({ locks: () => vouchingLocks, storage: () => storage }));
  const cases = storageContract({
    async create() {
      await clearBindings();
      storage = new EdgeStorage({ kv, r2, invalidations: keeps ? newInvalidations() : undefined });
      return open();
    },
    another: async () => open(),
  });
  for (const { name, run } of cases) test(name, run);
});
