import * as fc from "fast-check";
import { afterEach, vi } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import type { Fetch } from "../../../src/http/requests/http-options.ts";
import { remote } from "../../../src/http/remote.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { clearBindings, elsewhere, newInvalidations, r2 } from "../../edge/bindings/storage-tools.ts";
import { createStore } from "../../stores.ts";
import { History, inTime } from "../../trials/history.ts";
import { clients, keys } from "../../trials/history-commands.ts";
import { gone } from "../../trials/seen-values.ts";
import { trial } from "../../trials/trial.ts";
import { connect } from "./http-world.ts";

const sentinel = "sentinel";
/** Longer than isolates rely on the last answer of the objects that keep invalidations. */
const untilIsolatesAsk = 6_000;

afterEach(() => void vi.restoreAllMocks());

/** A page with storage and locks of its own. Each request reaches another isolate. */
function openPage(fetch: Fetch) {
  const near = new MemoryStorage();
  const { storage, locks } = remote({ ...connect(), fetch }).attach(
    { storage: near, locks: new MemoryLockManager() },
    () => {},
    () => {},
  );
  const store = createStore({
    resultStorage: storage,
    lockManager: locks,
    cacheResultInMemory: false,
    onEvent: () => {},
  });
  return { store, near };
}

/** Resolves once the page has heard of the last invalidation, at its next requests. */
async function hear({ store, near }: ReturnType<typeof openPage>): Promise<void> {
  await eventually(async () => {
    await store.exists("anything");
    return (await near.read(sentinel)) === undefined;
  }, "the page has not heard of the invalidation");
}

trial(
  "pages over several isolates keep nothing that was invalidated, once they have heard of it, and some order explains their locked calls",
  { kind: "histories", short: 5, long: 400 },
  fc.asyncProperty(clients, fc.infiniteStream(fc.nat({ max: 9 })), async (all, chosen) => {
    await clearBindings();
    vi.restoreAllMocks();
    const choose = () => chosen.next().value as number;
    const namespace = newInvalidations();
    const storages = [0, 1, 2].map(() => new EdgeStorage({ r2, invalidations: elsewhere(namespace) }));
    const workers = storages.map((storage) => connect({ storage: () => storage }));
    const fetch: Fetch = async (...request) => workers[choose() % workers.length]!.fetch(...request);
    await storages[0]!.delete("before");
    const pages = [0, 1, 2].map(() => openPage(fetch));
    const play = { stores: pages.map(({ store }) => store), promises: "committed" as const };
    const history = new History({ ...play, pause: () => scheduler.wait(choose()), outlast: () => scheduler.wait(5) });
    await inTime(history.run(all), () => `a call never ends\n${history.story}`);
    // only now, since a page's own changes may cover it
    for (const { near } of pages) await putSentinel(near);
    await storages[0]!.delete(sentinel);
    const realNow = Date.now.bind(Date);
    vi.spyOn(Date, "now").mockImplementation(() => realNow() + untilIsolatesAsk);
    const faults = history.check();
    for (const [i, page] of [...pages, openPage(fetch)].entries()) {
      await hear(page);
      for (const key of keys) {
        const seen = ((await page.store.read(key, { wait: false }))?.result as { id: number } | undefined)?.id;
        faults.push(...gone(history.calls, key, seen).map((fault) => `page ${i} at the end: ${fault}`));
      }
    }
    if (faults.length > 0) throw new Error(`${faults.join("\n")}\n${history.story}`);
  }),
);

/** A copy that the deletion covers which follows. */
async function putSentinel(near: MemoryStorage): Promise<void> {
  await createStore({ resultStorage: near }).write(sentinel, "old");
}
