import { describe, test } from "vitest";
import { WebLockManager } from "../../src/browser/web-lock-manager.ts";
import { lockManagerContract } from "../../src/testing/lock-manager.contract.ts";

describe("WebLockManager keeps the contract, two managers over the same locks", () => {
  const create = async () => new WebLockManager({ name: "contract" });
  for (const { name, run } of lockManagerContract({ create, another: create })) test(name, run);
});
