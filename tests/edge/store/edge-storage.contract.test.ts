import { test } from "vitest";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { storageContract } from "../../../src/testing/storage.contract.ts";
import { clearBindings, kv, r2 } from "../bindings/storage-tools.ts";

const cases = storageContract({
  async create() {
    await clearBindings();
    return new EdgeStorage({ kv, r2 });
  },
  another: async () => new EdgeStorage({ kv, r2 }),
});

for (const { name, run } of cases) test(name, run);
