import { expect, test, vi } from "vitest";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { remote } from "../../../src/http/remote.ts";
import { badAnswers, type BadAnswer } from "../../http/bad-answers.ts";
import { freshName } from "../storage/indexed-db-tools.ts";

/** Two tabs ask at once, and a third one after them, as after a reload. */
async function computeInThreeTabs({ status, headers = {}, body }: BadAnswer) {
  const [name, events] = [freshName(), [] as StoreEvent[]];
  const fetch = async () => new Response(body ?? null, { status, headers });
  const open = () =>
    createResultStore({
      name,
      remote: remote({ url: "http://localhost:1", fetch }),
      onEvent: (event) => events.push(event),
    });
  const stores = [open(), open(), open()] as const;
  let computed = 0;
  let finish!: () => void;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const compute = async () => (await finished, ++computed);
  const both = stores.slice(0, 2).map((store) => store.getOrCompute("k", compute));
  const isSecondWaiting = () => expect(events.map(({ type }) => type)).toContain("lock-wait");
  await vi.waitFor(isSecondWaiting, { timeout: 15_000 }).catch(() => {});
  finish();
  await Promise.all(both);
  await stores[2].getOrCompute("k", compute);
  const isKept = (await new IndexedDbStorage({ name }).read("k")) !== undefined;
  await Promise.all(stores.map((store) => store.close()));
  indexedDB.deleteDatabase(name);
  return { computed, isKept };
}

test("bad answers of the edge: one computation for all tabs and reloads, kept in IndexedDB", async () => {
  const cases = Object.entries(badAnswers).map(async ([name, bad]) => [name, await computeInThreeTabs(bad)] as const);
  const expected = Object.fromEntries(Object.keys(badAnswers).map((name) => [name, { computed: 1, isKept: true }]));
  expect(Object.fromEntries(await Promise.all(cases))).toEqual(expected);
});
