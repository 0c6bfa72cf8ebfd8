import { describe, expect, test } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { createChaos, lockManagerContract, storageContract } from "../../../src/testing/index.ts";
import { put } from "../../../src/testing/storages/storage-scene.ts";

describe("without faults, the contract holds: of a storage", () => {
  const create = async () => createChaos().storage(new MemoryStorage());
  for (const { name, run } of storageContract({ create })) test(name, run);
});

describe("without faults, the contract holds: of a lock manager", () => {
  const create = async () => createChaos().lockManager(new MemoryLockManager());
  for (const { name, run } of lockManagerContract({ create })) test(name, run);
});

const unreachable = expect.objectContaining({ code: "STORAGE_UNREACHABLE", key: "k" }) as Error;

test("a call that fails does nothing, and its error names the key", async () => {
  const inner = new MemoryStorage();
  const chaos = createChaos({ failures: 1 });
  await expect(put(chaos.storage(inner), "k")).rejects.toEqual(unreachable);
  expect(await inner.read("k")).toBeUndefined();
  expect(chaos.faults).toEqual([{ kind: "failure", method: "write", key: "k" }]);
});

test("a call whose answer is lost has done its work", async () => {
  const inner = new MemoryStorage();
  const chaos = createChaos({ lostAnswers: 1 });
  await expect(put(chaos.storage(inner), "k")).rejects.toEqual(unreachable);
  expect(await inner.read("k")).toBeDefined();
  expect(chaos.faults).toEqual([{ kind: "lost-answer", method: "write", key: "k" }]);
});

test("a call that is repeated happens twice and has the first answer", async () => {
  const locks = new MemoryLockManager();
  const chaos = createChaos({ repeats: 1 });
  const behind = chaos.lockManager(locks);
  await behind.acquireLock("k", "a");
  await behind.releaseLock("k", "a");
  expect(await locks.isLocked("k")).toBe(false);
  expect(chaos.faults.map(({ kind, method }) => `${kind} of ${method}`)).toEqual([
    "repeat of acquireLock",
    "repeat of releaseLock",
  ]);
});

test("a call that is delayed is ended by its signal", async () => {
  const chaos = createChaos({ delays: 1, maxDelay: "1h" });
  const reading = chaos.storage(new MemoryStorage()).read("k", { signal: AbortSignal.abort("left") });
  await expect(reading).rejects.toBe("left");
});

test("the same seed and the same calls give the same faults, and another seed others", async () => {
  const faultsOf = async (seed: number) => {
    const chaos = createChaos({ seed, failures: 0.3, lostAnswers: 0.2, repeats: 0.2 });
    const storage = chaos.storage(new MemoryStorage());
    for (let i = 0; i < 40; i++) await storage.read(`k${i}`).catch(() => {});
    return chaos.faults;
  };
  const faults = await faultsOf(5);
  expect(faults.length).toBeGreaterThan(10);
  expect(await faultsOf(5)).toEqual(faults);
  expect(await faultsOf(6)).not.toEqual(faults);
});

test("only the methods that are named fail, and none after the end", async () => {
  const chaos = createChaos({ failures: 1, methods: ["delete"] });
  const storage = chaos.storage(new MemoryStorage());
  await put(storage, "k");
  await expect(storage.delete("k")).rejects.toEqual(unreachable);
  chaos.stop();
  expect(await storage.delete("k")).toBe(true);
});

test("the part of a storage that only this browser has fails too, and a method that the storage lacks stays absent", async () => {
  const local = new MemoryStorage();
  const inner = Object.assign(new MemoryStorage(), { local });
  const storage = createChaos({ failures: 1 }).storage(inner);
  await expect(storage.local.read("k")).rejects.toEqual(unreachable);
  expect("fence" in storage).toBe("fence" in inner);
  expect(storage.capabilities).toBe(inner.capabilities);
});

test.for<[object, RegExp]>([
  [{ failures: 1.1 }, /^failures is a share, and has to be a number from 0 to 1; got 1.1$/],
  [{ lostAnswers: -0.1 }, /^lostAnswers is a share/],
  [{ repeats: Number.NaN }, /^repeats is a share/],
  [{ delays: "0.5" }, /^delays is a share/],
  [{ seed: 0.5 }, /^seed has to be a whole number; got 0.5$/],
  [{ maxDelay: -1 }, /^maxDelay has to be milliseconds/],
  [{ failure: 0.5 }, /^createChaos has no option "failure": did you mean "failures"\?$/],
])("%o is refused", ([options, message]) => {
  expect(() => createChaos(options)).toThrow(message);
});
