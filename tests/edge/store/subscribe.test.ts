import { expect, test } from "vitest";
import type { RecordChange } from "../../../src/core/watching/target-watch.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { createResultStore, subscribe } from "../../../workers/edge.ts";

test("a request hears of what is kept, written over and deleted in its isolate while it runs", async () => {
  const store = createResultStore();
  const prefix = `subscribe/${crypto.randomUUID()}/`;
  const heard: RecordChange[] = [];
  const unsubscribe = subscribe(store, { prefix }, (change) => heard.push(change));
  const key = `${prefix}k`;
  for (const expected of [1, 2]) {
    await store.write(key, expected);
    await eventually(() => heard.length === expected, "a write is not heard");
  }
  await store.delete(key);
  expect(heard).toEqual([
    { type: "kept", key },
    { type: "kept", key },
    { type: "invalidated", key },
  ]);
  unsubscribe();
});
