import { expect, test, vi } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import type { Invalidation } from "../../../src/core/invalidation/invalidation.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import type { PartialStoreOptions } from "../../../src/core/options/store-options.ts";
import { createStore, transaction } from "../../stores.ts";

function listen(options: PartialStoreOptions = {}) {
  const events: StoreEvent[] = [];
  const store = createStore({ ...options, onEvent: (event) => events.push(event) });
  return { store, misses: () => events.filter(({ type }) => type === "miss") };
}

const tagged = { tags: ["roads"], expiresIn: "1h" } as const;
const compute = (store: ResultStore) => store.getOrCompute("maps/oslo", () => 1, tagged);

const invalidations: Readonly<Record<string, [(store: ResultStore) => Promise<unknown>, Partial<Invalidation>]>> = {
  delete: [(store) => store.delete("maps/oslo"), { target: { keys: ["maps/oslo"] }, mode: "delete" }],
  clear: [(store) => store.clear(), { target: "all", mode: "delete" }],
  "invalidate by prefix": [(store) => store.invalidate({ prefix: "maps/" }), { target: { prefix: "maps/" } }],
  "invalidate by tag": [(store) => store.invalidate({ tags: ["roads"] }), { target: { tags: ["roads"] } }],
  "invalidate with mode expire": [
    (store) => store.invalidate({ tags: ["roads"] }, { mode: "expire" }),
    { target: { tags: ["roads"] }, mode: "expire" },
  ],
};

test.each(Object.entries(invalidations))(
  "a miss after %s names the invalidation",
  async (_, [invalidate, invalidation]) => {
    const { store, misses } = listen();
    await compute(store);
    await invalidate(store);
    await compute(store);
    expect(misses()).toMatchObject([{ reason: "absent" }, { reason: "invalidated", invalidation }]);
  },
);

test("so does a miss of a transaction", async () => {
  const { store, misses } = listen();
  await compute(store);
  await store.delete("maps/oslo");
  await transaction({ key: "maps/oslo", store }, () => {});
  expect(misses().at(-1)).toMatchObject({ reason: "invalidated", invalidation: { mode: "delete" } });
});

test("a record that expires by itself is expired, whatever was invalidated before", async () => {
  let now = 1_000;
  const { store, misses } = listen({ now: () => now });
  await store.invalidate("maps/oslo", { mode: "expire" });
  await compute(store);
  now += 3_600_000;
  await compute(store);
  expect(misses()).toMatchObject([{ reason: "absent" }, { reason: "expired" }]);
  expect(misses()[1]).not.toHaveProperty("invalidation");
});

test("a storage that judges records itself is not asked again", async () => {
  const invalidation: Invalidation = { target: "all", mode: "expire", at: 5 };
  class Judging extends MemoryStorage {
    judge = () => invalidation;
  }
  const resultStorage = new Judging();
  const asked = vi.spyOn(resultStorage, "lastInvalidation");
  await compute(createStore({ resultStorage }));
  const { store, misses } = listen({ resultStorage });
  await compute(store);
  expect(misses()).toMatchObject([{ reason: "invalidated", invalidation }]);
  expect(asked).not.toHaveBeenCalled();
});

test("the last invalidation is asked for on a miss alone, and only if somebody listens", async () => {
  const resultStorage = new MemoryStorage();
  const asked = vi.spyOn(resultStorage, "lastInvalidation");
  await compute(createStore({ resultStorage }));
  expect(asked).not.toHaveBeenCalled();
  const { store } = listen({ resultStorage });
  await compute(store);
  await store.getOrCompute("maps/oslo", () => 1, { refresh: true });
  expect(asked).not.toHaveBeenCalled();
  asked.mockRejectedValue(new Error("the disk is gone"));
  expect(await store.getOrCompute("maps/bergen", () => 2)).toBe(2);
  expect(asked).toHaveBeenCalledOnce();
});
