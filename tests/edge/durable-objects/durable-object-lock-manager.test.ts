import { env } from "cloudflare:workers";
import { describe, test } from "vitest";
import { bareLease } from "../../../src/core/remote-locks/lock-service.ts";
import { DurableObjectLockManager } from "../../../src/edge/durable-objects/durable-object-lock-manager.ts";
import { lockManagerContract } from "../../../src/testing/locks/lock-manager.contract.ts";

const create = async () => new DurableObjectLockManager({ namespace: env.RESULT_LOCKS });

describe("DurableObjectLockManager keeps the contract, two over the same namespace", () => {
  for (const { name, run } of lockManagerContract({ bareLease, create, another: create })) test(name, run);
});
