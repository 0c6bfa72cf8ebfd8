import { describe, test } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { TieredStorage } from "../../../src/core/tiers/tiered-storage.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";

describe.each(["through", "behind"] as const)("writes %s", (writes) => {
  const create = async () => new TieredStorage({ tiers: [new MemoryStorage(), new MemoryStorage()], writes });
  for (const { name, run } of storageContract({ create })) test(name, run);
});
