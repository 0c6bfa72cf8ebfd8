import { MemoryLockManager } from "../../src/core/memory-lock-manager.ts";
import { MemoryStorage } from "../../src/core/memory-storage.ts";
import { createMemoryWorld } from "../memory-world.ts";
import { runParity } from "../parity/run-parity.ts";

runParity("memory", () => {
  const world = createMemoryWorld();
  const { lockManager } = world.createStore();
  return {
    ...world,
    place: "memory",
    isStrong: true,
    followsAwaits: true,
    runtime: "process",
    createOtherStorage: () => new MemoryStorage(),
    createLockManager: () => lockManager ?? new MemoryLockManager(),
  };
});
