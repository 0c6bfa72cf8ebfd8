import { expect, test } from "vitest";
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import { subscribe } from "../../../src/core/watching/subscribe.ts";
import type { RecordChange } from "../../../src/core/watching/target-watch.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { startFrame, startWorker } from "../contexts/start-context.ts";

test.each([
  ["a worker", startWorker],
  ["an iframe", startFrame],
])("a page hears of the records that %s keeps, deletes and lets expire", async (_, start) => {
  const name = crypto.randomUUID();
  const { actor } = await start(name);
  const heard: RecordChange[] = [];
  const unsubscribe = subscribe(createResultStore({ name }), { prefix: "maps/" }, (change) => heard.push(change));
  await actor.compute("plots/1", {});
  await actor.compute("maps/1", { expiresIn: 300 });
  await actor.compute("maps/2", {});
  await eventually(() => heard.length === 3, "not all is heard");
  await actor.delete("maps/2");
  await actor.clear();
  await eventually(() => heard.length === 5, "not all is heard");
  const early = heard.slice(0, 3).map((change) => `${change.type} ${"key" in change ? change.key : ""}`);
  expect(early.toSorted()).toEqual(["expired maps/1", "kept maps/1", "kept maps/2"]);
  expect(heard.slice(3)).toEqual([
    { type: "invalidated", key: "maps/2" },
    { type: "invalidated", target: "all" },
  ]);
  unsubscribe();
});
