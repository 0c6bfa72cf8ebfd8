import { describe, test } from "vitest";
import type { InvalidationNamespaceBinding } from "../../../src/edge/bindings/invalidation-namespace.ts";
import { CacheApiStorage } from "../../../src/edge/cache-api/cache-api-storage.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";
import { clearBindings, elsewhere, kv, newInvalidations, r2 } from "../bindings/storage-tools.ts";

let invalidations: InvalidationNamespaceBinding;
let name: string;
const open = (namespace?: InvalidationNamespaceBinding) =>
  new EdgeStorage({ kv, r2, invalidations: namespace, dataCenterCopies: new CacheApiStorage({ name }) });

const kinds = {
  // without invalidations, other isolates see what was cleared until its copies are over
  "EdgeStorage with copies in the data center": [() => open(), undefined],
  "the same with invalidations, in two isolates of it": [
    () => open(invalidations),
    () => open(elsewhere(invalidations)),
  ],
} as const;

describe.for(Object.entries(kinds))("%s", ([, [openOne, openOther]]) => {
  const cases = storageContract({
    async create() {
      await clearBindings();
      invalidations = newInvalidations();
      name = crypto.randomUUID();
      return openOne();
    },
    ...(openOther && { another: async () => openOther() }),
  });
  for (const { name: title, run } of cases) test(title, run);
});
