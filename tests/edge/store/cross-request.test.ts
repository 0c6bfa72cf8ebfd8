import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { DurableObjectLockManager } from "../../../src/edge/durable-objects/durable-object-lock-manager.ts";
import { inTime } from "../../../src/testing/cases/wait-for.ts";
import { createStore } from "../../stores.ts";

// One isolate serves several requests, and what one of them began goes with it. A Durable Object's request ends when
// the object is aborted, which no client has to do on time.

const lease = 1_000;

function openStore(): ResultStore {
  const lockManager = new DurableObjectLockManager({ namespace: env.RESULT_LOCKS });
  return createStore({ resultStorage: new MemoryStorage(), lockManager, waitUntil: () => {} });
}

/** Begins something in a request of its own. Gives what ends that request, wherever it stands. */
async function beginElsewhere(begin: () => void): Promise<() => Promise<void>> {
  const stub = env.RESULT_LOCKS.getByName(`request/${crypto.randomUUID()}`);
  await runInDurableObject(stub, begin);
  return async () => {
    await runInDurableObject(stub, (_, state) => state.abort("the request is over")).catch(() => {});
  };
}

test("a call that joined one of a request that was cut off computes itself, and doesn't hang", async () => {
  const store = openStore();
  const started: string[] = [];
  const compute = (name: string, wait: number) => async () => {
    started.push(name);
    await scheduler.wait(wait);
    return name;
  };
  const end = await beginElsewhere(() => {
    void store.getOrCompute("k", compute("first", 60_000), { holdTimeout: lease });
  });
  await expect.poll(() => started).toEqual(["first"]);
  const joined = store.getOrCompute("k", compute("second", 0), { holdTimeout: lease });
  await end();
  expect(await joined).toBe("second");
});

test("while the request is there, a call from another one waits for it", async () => {
  const store = openStore();
  await beginElsewhere(() => {
    void store.getOrCompute("k", async () => {
      await scheduler.wait(6_000);
      return "first";
    });
  });
  expect(await store.getOrCompute("k", () => "second")).toBe("first");
});

test("a call that joined one of another request is told its progress where its own I/O works", async () => {
  const store = openStore();
  const started: string[] = [];
  let isOver = false;
  await beginElsewhere(() => {
    void store.getOrCompute("k", async ({ progress }) => {
      started.push("first");
      while (!isOver) {
        progress(0.5);
        await scheduler.wait(10);
      }
    });
  });
  await expect.poll(() => started).toEqual(["first"]);
  // as the body of an answer is
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const onProgress = () => void writer.write(new Uint8Array([1]));
  const joined = store.getOrCompute("k", () => {}, { onProgress });
  const read = await inTime(readable.getReader().read(), "nothing is written");
  expect(read.value).toEqual(new Uint8Array([1]));
  isOver = true;
  await joined;
});
