import { env } from "cloudflare:workers";
import { describe, test } from "vitest";
import { DurableObjectLockManager } from "../../src/edge/durable-object-lock-manager.ts";
import { storeContract } from "../../src/testing/store.contract.ts";
import { createMemoryWorld } from "../memory-world.ts";

/** Stores that share records, each with a lock manager of its own over one namespace. */
function createWorld(): ReturnType<typeof createMemoryWorld> {
  const world = createMemoryWorld();
  const managers: DurableObjectLockManager[] = [];
  return {
    ...world,
    createStore(options) {
      const lockManager = new DurableObjectLockManager({ namespace: env.RESULT_LOCKS });
      managers.push(lockManager);
      return world.createStore({ lockManager, ...options });
    },
    async close() {
      await Promise.all(managers.map((manager) => manager.close()));
      await world.close?.();
    },
  };
}

describe("a store whose locks are kept by Durable Objects keeps the contract", () => {
  for (const { name, run } of storeContract(createWorld)) test(name, run);
});
