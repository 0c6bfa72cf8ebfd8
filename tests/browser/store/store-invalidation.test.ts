import { expect, test, vi } from "vitest";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { ResultStore } from "../../../src/core/store/result-store.ts";
import type { LockActor } from "../contexts/lock-actor.ts";
import { startWorker } from "../contexts/start-context.ts";
import { freshName } from "../storage/indexed-db-tools.ts";

type Tab = Pick<LockActor, "clear" | "invalidateInStore">;

test.each<[string, (tab: Tab) => Promise<void>]>([
  ["clear", (tab) => tab.clear()],
  ["invalidate of the key", (tab) => tab.invalidateInStore("user/1", "delete")],
  ["invalidate of a prefix, which lets records expire", (tab) => tab.invalidateInStore({ prefix: "user/" }, "expire")],
  ["invalidate of tags", (tab) => tab.invalidateInStore({ tags: ["user"] }, "delete")],
  ["invalidate of all", (tab) => tab.invalidateInStore("all", "expire")],
])("%s in another tab is not undone by what this one computes, with locks and without", async (_, change) => {
  const name = freshName();
  const { actor } = await startWorker(name);
  const withoutLocks = { resultStorage: new IndexedDbStorage({ name }), serializer: new JsonSerializer() };
  for (const store of [createResultStore({ name }), new ResultStore(withoutLocks)]) {
    const { promise, resolve } = Promise.withResolvers<string>();
    const compute = vi.fn(() => promise);
    const options = { tags: ["user"] };
    const answer = store.getOrCompute("user/1", compute, options);
    await vi.waitUntil(() => compute.mock.calls.length > 0);
    await change(actor);
    resolve("before");
    expect(await answer).toBe("before");
    expect(await store.exists("user/1")).toBe(false);
    expect(await store.getOrCompute("user/1", () => "after", options)).toBe("after");
    expect((await createResultStore({ name }).read("user/1"))?.result).toBe("after");
    await store.delete("user/1");
    await store.close();
  }
});
