import { env } from "cloudflare:workers";
import { test } from "vitest";
import { bareLease } from "../../../src/core/remote-locks/lock-service.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { TieredLockManager } from "../../../src/core/tiers/tiered-lock-manager.ts";
import { DurableObjectLockManager } from "../../../src/edge/durable-objects/durable-object-lock-manager.ts";
import { lockManagerContract } from "../../../src/testing/locks/lock-manager.contract.ts";

/** As two browsers have them: near locks of their own, and the far ones shared. */
const create = async () =>
  new TieredLockManager({
    tiers: [new MemoryLockManager(), new DurableObjectLockManager({ namespace: env.RESULT_LOCKS })],
  });

for (const { name, run } of lockManagerContract({ bareLease, create, another: create })) test(name, run);
