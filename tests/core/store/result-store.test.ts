import { test } from "vitest";
import { storeContract } from "../../../src/testing/stores/store.contract.ts";
import { createMemoryWorld } from "../../memory-world.ts";

for (const { name, run } of storeContract(createMemoryWorld)) test(name, run);
