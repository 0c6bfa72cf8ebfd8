import { test } from "vitest";
import { KvStorage } from "../../../src/edge/kv/kv-storage.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";
import { clearBindings, kv } from "../bindings/storage-tools.ts";

const cases = storageContract({
  async create() {
    await clearBindings();
    return new KvStorage({ namespace: kv });
  },
  another: async () => new KvStorage({ namespace: kv }),
});
for (const { name, run } of cases) test(name, run);
