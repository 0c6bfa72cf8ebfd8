import { runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { InvalidationNamespaceBinding } from "../../../src/edge/bindings/invalidation-namespace.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { remote } from "../../../src/http/remote.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import type { ResultInvalidations } from "../../../workers/invalidations/result-invalidations.ts";
import { clearBindings, elsewhere, kv, newInvalidations, r2 } from "../../edge/bindings/storage-tools.ts";
import { createStore } from "../../stores.ts";
import { connect } from "./http-world.ts";

// Pages whose requests reach several isolates of a Worker, which hear of invalidations at different times.

beforeEach(clearBindings);

const key = "maps/a";

type Stub = ReturnType<InvalidationNamespaceBinding["getByName"]>;

/** An isolate of the Worker. `instead` replaces methods of the objects that keep its invalidations. */
function isolate(
  namespace: InvalidationNamespaceBinding,
  instead: (name: string, stub: Stub) => Partial<Stub> = () => ({}),
) {
  const { getByName } = elsewhere(namespace);
  const binding: InvalidationNamespaceBinding = {
    getByName(name) {
      const stub = getByName(name);
      const { note, add, look, log, last } = { ...instead(name, stub) };
      return {
        note: note ?? ((...args) => stub.note(...args)),
        add: add ?? ((...args) => stub.add(...args)),
        look: look ?? ((...args) => stub.look(...args)),
        log: log ?? ((...args) => stub.log(...args)),
        last: last ?? ((...args) => stub.last(...args)),
      };
    },
  };
  const storage = new EdgeStorage({ kv, r2, invalidations: binding });
  return { storage, worker: connect({ storage: () => storage }) };
}

/** A page. `near` stays over a reload. */
function open({ worker }: ReturnType<typeof isolate>, near = new MemoryStorage()) {
  const { storage, locks } = remote(worker).attach({ storage: near, locks: new MemoryLockManager() }, () => {}, () => {}); // prettier-ignore
  const store = createStore({ resultStorage: storage, lockManager: locks, cacheResultInMemory: false });
  return { store, near };
}

/** Resolves once the page has heard of the last invalidation. */
async function hear({ store, near }: ReturnType<typeof open>, of: ReturnType<typeof isolate>) {
  await near.write("other", (await of.storage.read("other"))!.bytes, {
    metadata: (await of.storage.head("other"))!.metadata,
  });
  await store.exists("anything");
  await eventually(async () => (await near.read("other")) === undefined, "the page has not heard of the invalidation");
}

test("a write by hand after a deletion by another isolate is there for every page", async () => {
  const namespace = newInvalidations();
  // the other objects learn of the deletion late
  const one = isolate(namespace, () => ({ add: async () => {} }));
  const other = isolate(namespace);
  const pages = [open(one), open(other)];
  await pages[0]!.store.write(key, "old");
  await pages[1]!.store.read(key);
  await pages[0]!.store.delete(key);
  await pages[1]!.store.write(key, "by hand");
  for (const page of [...pages, open(one), open(other)]) {
    await page.store.exists("anything");
    expect((await page.store.read(key))?.result).toBe("by hand");
    expect(await page.store.getOrCompute(key, () => "computed")).toBe("by hand");
  }
});

test("a write by hand that comes between a deletion and its number is there for every page", async () => {
  const namespace = newInvalidations();
  const [noting, go] = [gate(), gate()];
  const deleting = isolate(namespace, (_, stub) => ({
    async note(...args) {
      noting.open();
      await go.opened;
      return stub.note(...args);
    },
  }));
  const other = isolate(namespace);
  const page = open(other);
  await page.store.write(key, "old");
  await page.store.write("other", "old");
  const deletion = deleting.storage.deleteMany([key, "other"]);
  await noting.opened;
  await page.store.write(key, "by hand");
  await page.store.write("other", "by hand");
  go.open();
  await deletion;
  const later = isolate(namespace);
  const reader = open(later);
  await hear(reader, later);
  expect((await reader.store.read(key))?.result).toBe("by hand");
});

test("a page that was away for too long drops its copies, and reads what the Worker has", async () => {
  const namespace = newInvalidations();
  const worker = isolate(namespace);
  const first = namespace.getByName("0") as DurableObjectStub<ResultInvalidations>;
  await runInDurableObject(first, (object) => void (object.limit = 10));
  const page = open(worker);
  await worker.storage.delete("none");
  await page.store.write(key, "by hand");
  await page.store.write("other", "by hand");
  await page.store.exists("anything");
  for (let i = 0; i < 5; i++) await worker.storage.delete(`none/${i}`);
  await hear(page, worker);
  expect((await page.store.read(key))?.result).toBe("by hand");
});

test("a page clears all while another page has a lock by hand", async () => {
  const worker = isolate(newInvalidations());
  const [holding, clearing] = [open(worker), open(worker)];
  await holding.store.write(key, "old");
  await holding.store.withLock(key, () => clearing.store.clear());
  for (const { store } of [holding, clearing, open(worker)]) {
    await store.exists("anything");
    await expect.poll(async () => (await store.read(key))?.result).toBe(undefined);
  }
});

test("a page drops a copy from before the first invalidation, also after a reload", async () => {
  const worker = isolate(newInvalidations());
  const page = open(worker);
  await page.store.getOrCompute(key, () => "old", { tags: ["maps"] });
  await worker.storage.invalidate({ tags: ["maps"] }, { mode: "delete", now: Date.now() });
  const reloaded = open(worker, page.near);
  await reloaded.store.exists("anything");
  await eventually(async () => (await page.near.read(key)) === undefined, "the copy is still there");
});

test.each([true, false])(
  "the first call of a page keeps its value after an invalidation, with a copy that has expired: %s",
  async (has) => {
    const worker = isolate(newInvalidations());
    const before = open(worker);
    await worker.storage.invalidate("all", { mode: "delete", now: Date.now() });
    if (has) await before.store.write(key, "old", { expiration: new Date(Date.now() - 1) });
    const { store } = open(worker, before.near);
    expect(await store.getOrCompute(key, () => "new", has ? {} : { refresh: true })).toBe("new");
    expect((await open(worker).store.read(key))?.result).toBe("new");
  },
);

test("a value that is computed under a lock replaces no record that was written by hand since its caller looked", async () => {
  const namespace = newInvalidations();
  const begun = gate();
  const slow = isolate(namespace);
  // the hand's write comes after the look of the computation, and before its place is taken
  const looked = gate();
  const { fetch } = slow.worker;
  const late = {
    ...slow,
    worker: {
      ...slow.worker,
      fetch: async (url: string, init: RequestInit) => {
        const isAcquire = url.includes("/locks/");
        if (isAcquire) {
          looked.open();
          await begun.opened;
        }
        return fetch(url, init);
      },
    },
  };
  const [page, other] = [open(late), open(isolate(namespace))];
  const computing = page.store.getOrCompute(key, () => "computed");
  await looked.opened;
  await other.store.write(key, "by hand");
  begun.open();
  await computing;
  expect((await open(isolate(namespace)).store.read(key))?.result).toBe("by hand");
});
