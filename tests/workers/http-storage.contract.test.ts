import { describe, test } from "vitest";
import { MemoryStorage } from "../../src/core/memory-storage.ts";
import { HttpStorage } from "../../src/http/http-storage.ts";
import { storageContract } from "../../src/testing/storage.contract.ts";
import { connect, vouchingLocks } from "./http-world.ts";

describe("HttpStorage over a Worker that keeps records in memory", () => {
  let remote: ReturnType<typeof connect>;
  const cases = storageContract({
    async create() {
      const storage = new MemoryStorage();
      remote = connect({ storage: () => storage, locks: () => vouchingLocks });
      return new HttpStorage(remote);
    },
    another: async () => new HttpStorage(remote),
  });
  for (const { name, run } of cases) test(name, run);
});
