import { test } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { storageContract } from "../../../src/testing/storage.contract.ts";

for (const { name, run } of storageContract({ create: async () => new MemoryStorage() })) test(name, run);
