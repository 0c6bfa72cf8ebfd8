import { afterEach, describe, expect, test, vi } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { InvalidateTarget } from "../../../src/core/store/invalidate.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { subscribe } from "../../../src/core/watching/subscribe.ts";
import type { RecordChange } from "../../../src/core/watching/target-watch.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { createMemoryWorld } from "../../memory-world.ts";
import { createStore } from "../../stores.ts";

const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** What a subscriber has heard, each change as a word. */
function hear(store: ResultStore, target: InvalidateTarget): string[] {
  const heard: string[] = [];
  const word = (change: RecordChange) =>
    `${change.type} ${"key" in change ? change.key : JSON.stringify(change.target)}`;
  ends.push(subscribe(store, target, (change) => heard.push(word(change))));
  return heard;
}

/** Resolves once a later change was heard, so that all earlier ones were. */
async function settle(store: ResultStore): Promise<void> {
  const key = `last/${crypto.randomUUID()}`;
  const heard = hear(store, key);
  await store.write(key, 1);
  await eventually(() => heard.length > 0, "nothing is heard");
}

describe("a subscriber hears", () => {
  test("of records kept, written, invalidated and deleted, here and in other contexts", async () => {
    const world = createMemoryWorld();
    const [store, elsewhere] = [world.createStore(), world.createStore()];
    const [here, there] = [hear(store, "k"), hear(elsewhere, "k")];
    await store.getOrCompute("k", () => 1);
    await eventually(() => here.length + there.length === 2, "the first is not heard");
    await elsewhere.write("k", 2);
    await eventually(() => here.length + there.length === 4, "the second is not heard");
    await store.invalidate("k");
    await elsewhere.write("k", 3);
    await eventually(() => here.length + there.length === 8, "the third is not heard");
    await elsewhere.delete("k");
    await store.clear();
    const expected = ["kept k", "kept k", "invalidated k", "kept k", "invalidated k", 'invalidated "all"'];
    for (const heard of [here, there]) expect(heard).toEqual(expected);
  });

  test.each<[InvalidateTarget, string[]]>([
    ["maps/1", ["maps/1"]],
    [
      ["maps/1", "plots/1"],
      ["maps/1", "plots/1"],
    ],
    [{ prefix: "maps/" }, ["maps/1", "maps/2"]],
    [{ tags: ["oslo"] }, ["maps/2", "plots/1"]],
    ["all", ["maps/1", "maps/2", "plots/1"]],
  ])("of the records of its target alone: %j", async (target, keys) => {
    const store = createStore();
    const heard = hear(store, target);
    await store.write("maps/1", 1);
    await store.write("maps/2", 1, { tags: ["oslo"] });
    await store.write("plots/1", 1, { tags: ["rome", "oslo"] });
    await eventually(() => heard.length === keys.length, "not all is heard");
    await settle(createStore());
    expect(heard.toSorted()).toEqual(keys.map((key) => `kept ${key}`));
    await store.deleteMany(["maps/1", "maps/2", "plots/1"]);
    expect(heard.slice(keys.length).toSorted()).toEqual(keys.map((key) => `invalidated ${key}`));
  });

  test.each<[InvalidateTarget, InvalidateTarget, boolean]>([
    ["maps/1", { prefix: "maps/" }, true],
    ["maps/1", { prefix: "plots/" }, false],
    ["maps/1", { tags: ["oslo"] }, true],
    ["maps/2", { tags: ["oslo"] }, false],
    ["absent", { tags: ["oslo"] }, false],
    ["maps/1", "all", true],
    [{ prefix: "maps/" }, { prefix: "maps/1" }, true],
    [{ prefix: "maps/1" }, { prefix: "maps/" }, true],
    [{ prefix: "plots/" }, { prefix: "maps/" }, false],
    [{ prefix: "maps/" }, { tags: ["oslo"] }, true],
    [{ prefix: "plots/" }, { tags: ["oslo"] }, false],
    [{ tags: ["oslo"] }, { tags: ["oslo", "rome"] }, true],
    [{ tags: ["oslo"] }, { prefix: "maps/" }, true],
    [{ tags: ["oslo"] }, { prefix: "plots/" }, false],
    [{ tags: ["oslo"] }, { tags: ["norway"] }, true],
    [{ tags: ["oslo"] }, { tags: ["rome"] }, false],
    ["all", { tags: ["rome"] }, true],
  ])("for %j of an invalidation of %j: %s", async (target, invalidated, isHeard) => {
    const store = createStore();
    await store.write("maps/1", 1, { tags: ["oslo", "norway"] });
    await store.write("maps/2", 1, { tags: ["rome"] });
    const heard = hear(store, target);
    await settle(store);
    heard.length = 0;
    await store.invalidate(invalidated, { mode: "expire" });
    const change = invalidated === "all" ? '"all"' : JSON.stringify(invalidated);
    expect(heard).toEqual(isHeard ? [`invalidated ${change}`] : []);
  });

  test("of the expiration of what was there, of what was kept here, and of what was kept elsewhere", async () => {
    let time = Date.now();
    const world = createMemoryWorld();
    const [store, elsewhere] = [world.createStore({ now: () => time }), world.createStore({ now: () => time })];
    await elsewhere.write("before", 1, { expiresIn: 50 });
    await elsewhere.write("forever", 1);
    const heard = hear(store, "all");
    await store.write("here", 1, { expiresIn: 70 });
    await elsewhere.write("there", 1, { expiresIn: 60 });
    await eventually(() => heard.length === 2, "not all is heard");
    time += 100;
    await eventually(() => heard.length === 5, "an expiration is not heard");
    expect(heard.slice(2).toSorted()).toEqual(["expired before", "expired here", "expired there"]);
    await settle(store);
    expect(heard.filter((one) => one.startsWith("expired"))).toHaveLength(3);
  });

  test("of no expiration of a record that was replaced or invalidated before", async () => {
    let time = Date.now();
    const store = createStore({ now: () => time });
    const heard = hear(store, "all");
    for (const key of ["replaced", "deleted", "last"]) await store.write(key, 1, { expiresIn: 40 });
    await eventually(() => heard.length === 3, "not all is heard");
    await store.write("replaced", 2);
    await store.delete("deleted");
    await eventually(() => heard.length === 5, "not all is heard");
    time += 100;
    await eventually(() => heard.includes("expired last"), "the expiration is not heard");
    expect(heard.filter((one) => one.startsWith("expired"))).toEqual(["expired last"]);
  });

  test("by tag, nothing more of a record that has lost the tag", async () => {
    let time = Date.now();
    const store = createStore({ now: () => time });
    const heard = hear(store, { tags: ["oslo"] });
    await store.write("k", 1, { tags: ["oslo"], expiresIn: 40 });
    await store.write("last", 1, { tags: ["oslo"], expiresIn: 60 });
    await eventually(() => heard.length === 2, "not all is heard");
    await store.write("k", 2, { expiresIn: 40 });
    await settle(store);
    time += 100;
    await eventually(() => heard.length === 3, "the expiration is not heard");
    await store.delete("k");
    expect(heard.slice(2)).toEqual(["expired last"]);
  });

  test("nothing of an error that was kept", async () => {
    const store = createStore();
    const heard = hear(store, "k");
    const fail = () => Promise.reject(new Error("failed"));
    await expect(store.getOrCompute("k", fail, { errorExpiresIn: 20 })).rejects.toThrow("failed");
    expect((await store.resultStorage.head?.("k"))?.metadata.isError).toBe(true);
    await settle(store);
    expect(heard).toEqual([]);
  });

  test("nothing of a write that the storage refused", async () => {
    const store = createStore();
    const heard = hear(store, "k");
    await expect(store.write("k", 1, { ifMatch: "none" })).rejects.toThrow();
    await settle(store);
    expect(heard).toEqual([]);
  });

  test("nothing after it has unsubscribed, and an error in it fails nothing", async () => {
    vi.stubGlobal("reportError", vi.fn());
    const store = createStore();
    const listener = vi.fn(() => {
      throw new Error("in a listener");
    });
    const end = subscribe(store, "k", listener);
    await store.write("k", 1);
    await eventually(() => listener.mock.calls.length === 1, "nothing is heard");
    end();
    end();
    await store.delete("k");
    await settle(store);
    expect(listener).toHaveBeenCalledTimes(1);
    vi.unstubAllGlobals();
  });
});

test("a storage that can't list or look is watched all the same", async () => {
  const memory = new MemoryStorage();
  const resultStorage = Object.assign(Object.create(memory) as MemoryStorage, {
    list: undefined,
    head: () => Promise.reject(new Error("no look")),
    read: memory.read.bind(memory),
    write: memory.write.bind(memory),
    delete: memory.delete.bind(memory),
  });
  const store = createStore({ resultStorage });
  const heard = hear(store, { prefix: "k" });
  await store.write("k", 1);
  await eventually(() => heard.length === 1, "nothing is heard");
  await store.delete("k");
  expect(heard).toEqual(["kept k", "invalidated k"]);
});

test("where nobody subscribes, a change reads nothing and sets no timer", async () => {
  const resultStorage = new MemoryStorage();
  const store = createStore({ resultStorage });
  const reads = [vi.spyOn(resultStorage, "head"), vi.spyOn(resultStorage, "list"), vi.spyOn(resultStorage, "read")];
  const timers = vi.spyOn(globalThis, "setTimeout");
  subscribe(store, "k", () => {})();
  await eventually(() => reads[0]!.mock.calls.length === 1, "it does not look");
  reads[0]!.mockClear();
  timers.mockClear();
  await store.write("k", 1, { expiresIn: "1h" });
  await store.delete("k");
  for (const read of reads) expect(read).not.toHaveBeenCalled();
  expect(timers).not.toHaveBeenCalled();
  timers.mockRestore();
});

test.each([undefined, null, 1, "", {}, { prefix: "" }, { tags: [] }, { keys: ["k"], prefix: "k" }])(
  "a target that is none is refused: %j",
  (target) => {
    const refusal = expect.objectContaining({ code: "INVALID_ARGUMENT" }) as Error;
    expect(() => subscribe(createStore(), target as never, () => {})).toThrow(refusal);
    expect(() => subscribe(createStore(), "k", target as never)).toThrow(refusal);
  },
);
