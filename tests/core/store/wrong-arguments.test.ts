import { expect, test } from "vitest";
import { getOrComputeMany } from "../../../src/core/batches/get-or-compute-many.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { subscribe } from "../../../src/core/watching/subscribe.ts";
import { ConfigurationError, InvalidArgumentError } from "../../../src/errors/index.ts";
import { createStore } from "../../stores.ts";
import { createTaskWorld } from "../tasks/task-world.ts";

// as from JavaScript, where no compiler refuses them
const any = (value: unknown) => value as never;
const one = () => 1;
const anyStore = any({});

test.each<[name: string, call: (store: ResultStore) => Promise<unknown>, message: RegExp]>([
  ["an expiresIn of null", (store) => store.getOrCompute("k", one, { expiresIn: any(null) }), /^expiresIn .*null$/],
  ["an expiresIn of an object", (store) => store.getOrCompute("k", one, { expiresIn: any({}) }), /^expiresIn has/],
  ["a function for null", (store) => store.getOrCompute("k", one, { expiresIn: () => any(null) }), /^expiresIn has/],
  ["a function, where none may be", (store) => store.write("k", 1, { expiresIn: any(one) }), /^expiresIn has/],
  [
    "keep with a promise",
    (store) => store.getOrCompute("k", one, { keep: () => any(Promise.resolve(false)) }),
    /^keep .*object$/,
  ],
  ["a schema that is none", (store) => store.getOrCompute("k", one, { schema: any({}) }), /^schema has/],
  ["a schema of null", (store) => store.getOrCompute("k", one, { schema: any(null) }), /^schema has/],
  ["a schema in read that is none", (store) => store.read("k", { schema: any(one) }), /^schema has/],
  ["deleteMany of one text", (store) => store.deleteMany(any("k")), /^keys has to be an array/],
  ["readMany of one text", (store) => store.readMany(any("k")), /^keys has to be an array/],
  ["getOrComputeMany of one text", (store) => getOrComputeMany(store, any("k"), () => [1]), /^keys has to be an array/],
  [
    "getOrComputeMany without a store",
    async () => getOrComputeMany(anyStore, ["k"], () => [1]),
    /^.* needs a ResultStore/,
  ],
  ["subscribe without a store", async () => subscribe(anyStore, "k", one), /^subscribe needs a ResultStore/],
])("%s is an InvalidArgumentError", async (_, call, message) => {
  const refused = call(createStore());
  await expect(refused).rejects.toThrow(InvalidArgumentError);
  await expect(refused).rejects.toThrow(message);
});

test("a storage that keeps no invalidations says what it can do instead", async () => {
  const memory = new MemoryStorage();
  const least = {
    type: "own",
    capabilities: memory.capabilities,
    read: (key: string) => memory.read(key),
    write: (...given: Parameters<MemoryStorage["write"]>) => memory.write(...given),
    delete: (key: string) => memory.delete(key),
  };
  const listing = { ...least, list: memory.list.bind(memory) };
  for (const [resultStorage, advice] of [
    [least, /: invalidate keys$/],
    [listing, /: invalidate keys, or clear\(\) it$/],
  ] as const) {
    const store = createStore({ resultStorage });
    await store.write("maps/a", 1, { tags: ["maps"] });
    for (const target of [{ tags: ["maps"] }, { prefix: "maps/" }, "all"] as const) {
      const refused = store.invalidate(target);
      await expect(refused).rejects.toThrow(ConfigurationError);
      await expect(refused).rejects.toThrow(advice);
    }
    await store.invalidate("maps/a");
    expect(await store.exists("maps/a")).toBe(false);
  }
});

test("a misspelt scope deletes nothing, since it would delete at the edge too", async () => {
  const store = createStore();
  await store.write("k", 1);
  for (const options of [{ scop: "local" }, null]) {
    await expect(store.clear(any(options))).rejects.toThrow(ConfigurationError);
    await expect(store.deleteMany(["k"], any(options))).rejects.toThrow(ConfigurationError);
  }
  expect(await store.exists("k")).toBe(true);
});

test("a task with a cacheExpiration or a schema that is none is not made", () => {
  const { task } = createTaskWorld();
  expect(() => task(one, { cacheExpiration: any(null) })).toThrow(InvalidArgumentError);
  expect(() => task(one, { schema: any({}) })).toThrow(InvalidArgumentError);
});
