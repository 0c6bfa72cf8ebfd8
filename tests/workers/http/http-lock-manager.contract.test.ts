import { describe, test } from "vitest";
import { bareLease } from "../../../src/core/remote-locks/lock-service.ts";
import { HttpLockManager } from "../../../src/http/http-lock-manager.ts";
import { lockManagerContract } from "../../../src/testing/locks/lock-manager.contract.ts";
import { connect } from "./http-world.ts";

describe("HttpLockManager over the Worker and its Durable Objects", () => {
  const create = async () => new HttpLockManager(connect());
  for (const { name, run } of lockManagerContract({ bareLease, create, another: create })) test(name, run);
});
