import { describe, test } from "vitest";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { handOverLocks } from "../../../src/browser/store/hand-over-locks.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { lockManagerContract } from "../../../src/testing/locks/lock-manager.contract.ts";

describe("locks that were handed over keep the contract", () => {
  const create = async () => handOverLocks(new MemoryLockManager(), new WebLockManager({ name: "handed-over" }));
  for (const { name, run } of lockManagerContract({ create, another: create })) test(name, run);
});
