import { describe, test } from "vitest";
import type { InvalidationNamespaceBinding } from "../../../src/edge/bindings/invalidation-namespace.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";
import { clearBindings, elsewhere, kv, newInvalidations, r2 } from "../bindings/storage-tools.ts";

let invalidations: InvalidationNamespaceBinding;
const open = (namespace?: InvalidationNamespaceBinding) => new EdgeStorage({ kv, r2, invalidations: namespace });

const kinds = {
  "EdgeStorage without invalidations": [() => open(), () => open()],
  "EdgeStorage with invalidations, twice in one isolate": [() => open(invalidations), () => open(invalidations)],
  "EdgeStorage with invalidations, in two isolates": [() => open(invalidations), () => open(elsewhere(invalidations))],
} as const;

describe.for(Object.entries(kinds))("%s", ([, [openOne, openOther]]) => {
  const cases = storageContract({
    async create() {
      await clearBindings();
      invalidations = newInvalidations();
      return openOne();
    },
    another: async () => openOther(),
  });
  for (const { name, run } of cases) test(name, run);
});
