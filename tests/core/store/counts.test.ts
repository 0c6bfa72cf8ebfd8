import { expect, test } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { createStore } from "../../stores.ts";

// What a store asks of its storage and its locks. Each of these costs a transaction or a request elsewhere.

function world() {
  const calls: string[] = [];
  const parts = {
    resultStorage: counted(new MemoryStorage(), calls),
    lockManager: counted(new MemoryLockManager(), calls),
  };
  return { openStore: () => createStore(parts), taken: () => calls.splice(0) };
}

function counted<T extends object>(part: T, calls: string[]): T {
  return new Proxy(part, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown => {
        calls.push(String(property));
        return Reflect.apply(member, target, args);
      };
    },
  });
}

const refuse = (): never => {
  throw new Error("This was to be a hit");
};

test("a hit in memory asks neither the storage nor the locks", async () => {
  const { openStore, taken } = world();
  const store = openStore();
  await store.getOrCompute("key", () => "value");
  taken();
  expect(await store.getOrCompute("key", refuse)).toBe("value");
  expect(taken()).toEqual([]);
});

test("a hit in the storage is one read and asks no lock, whatever it says about freshness", async () => {
  const { openStore, taken } = world();
  await openStore().getOrCompute("key", () => "value", { expiresIn: "1d", tags: ["tag"] });
  for (const options of [
    {},
    { expiresIn: "1h" },
    { expiresIn: "1h", staleIfError: "1d", staleWhileRevalidate: "1d" },
  ]) {
    taken();
    expect(await openStore().getOrCompute("key", refuse, options)).toBe("value");
    expect(taken()).toEqual(["read"]);
  }
});

test("a hit after an invalidation of other records is one read", async () => {
  const { openStore, taken } = world();
  await openStore().getOrCompute("key", () => "value");
  await openStore().invalidate({ prefix: "other/" });
  taken();
  expect(await openStore().getOrCompute("key", refuse)).toBe("value");
  expect(taken()).toEqual(["read"]);
});

test("exists and list read no body", async () => {
  const { openStore, taken } = world();
  await openStore().getOrCompute("key", () => "value");
  taken();
  expect(await openStore().exists("key")).toBe(true);
  expect(taken()).toEqual(["head"]);
  expect((await openStore().list()).records).toHaveLength(1);
  expect(taken()).toEqual(["list"]);
});
