import { test } from "vitest";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";
import { clearBindings, r2 } from "../bindings/storage-tools.ts";

const cases = storageContract({
  async create() {
    await clearBindings();
    return new R2Storage({ bucket: r2 });
  },
  another: async () => new R2Storage({ bucket: r2 }),
});
for (const { name, run } of cases) test(name, run);
