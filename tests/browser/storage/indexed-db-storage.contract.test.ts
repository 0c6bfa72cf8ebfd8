import { describe, test } from "vitest";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";
import { freshName } from "./indexed-db-tools.ts";

const cases = storageContract({
  create: async () => new IndexedDbStorage({ name: freshName() }),
  another: async (first) => new IndexedDbStorage({ name: (first as IndexedDbStorage).name }),
});

describe("IndexedDbStorage keeps the contract", () => {
  for (const { name, run } of cases) test(name, run);
});
