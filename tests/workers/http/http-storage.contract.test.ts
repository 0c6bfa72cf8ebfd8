import { describe, test } from "vitest";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { storageContract } from "../../../src/testing/storage.contract.ts";
import { clearBindings } from "../../edge/bindings/storage-tools.ts";
import { connect, vouchingLocks } from "./http-world.ts";

describe("HttpStorage over a Worker with KV and R2", () => {
  const open = () => new HttpStorage(connect({ locks: () => vouchingLocks }));
  const cases = storageContract({
    async create() {
      await clearBindings();
      return open();
    },
    another: async () => open(),
  });
  for (const { name, run } of cases) test(name, run);
});
