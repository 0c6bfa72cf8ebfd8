import { describe, test } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";

describe("metadata and results in two storages", () => {
  const create = async () => new SplitStorage({ metadata: new MemoryStorage(), results: new MemoryStorage() });
  for (const { name, run } of storageContract({ create })) test(name, run);
});

describe("both in one", () => {
  const create = async () => {
    const storage = new MemoryStorage();
    return new SplitStorage({ metadata: storage, results: storage });
  };
  for (const { name, run } of storageContract({ create })) test(name, run);
});
