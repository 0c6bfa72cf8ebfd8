import { describe, test } from "vitest";
import { bareLease } from "../../src/core/lock-service.ts";
import { MemoryStorage } from "../../src/core/memory-storage.ts";
import { HttpLockManager } from "../../src/http/http-lock-manager.ts";
import { lockManagerContract } from "../../src/testing/lock-manager.contract.ts";
import { connect } from "./http-world.ts";

const storage = new MemoryStorage();

describe("HttpLockManager over the Worker and its Durable Objects", () => {
  const create = async () => new HttpLockManager(connect({ storage: () => storage }));
  for (const { name, run } of lockManagerContract({ bareLease, create, another: create })) test(name, run);
});
