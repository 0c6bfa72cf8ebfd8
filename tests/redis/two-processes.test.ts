import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { MemoryLockManager } from "../../src/core/locks/memory-lock-manager.ts";
import { UnstorageStorage } from "../../src/integrations/unstorage/index.ts";
import { createResultStore } from "../../src/node/index.ts";
import { RedisServer } from "./redis-server.ts";

const redis = await RedisServer.start();
afterAll(() => redis[Symbol.asyncDispose]());
const open = () => new UnstorageStorage({ driver: redis.open(), exclusive: false });
beforeEach(() => open().clear!());

/** A process that has begun to compute "k". */
async function startRival() {
  const child = fork(fileURLToPath(new URL("rival.ts", import.meta.url)), [redis.url]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const next = async () => ((await once(child, "message")) as unknown[])[0];
  const say = (value: unknown) => {
    const answer = next();
    child.send(value as string);
    return answer;
  };
  expect(await next()).toBe("computing");
  return { finish: (value: string) => say(value), readAgain: () => say("read"), ended: once(child, "exit") };
}

test("two processes that compute a key at once both get their values, and the later record stays for all", async () => {
  const [one, other] = await Promise.all([startRival(), startRival()]);
  expect(await one.finish("first")).toEqual({ value: "first", source: "computed" });
  expect((await createResultStore({ resultStorage: open() }).read("k"))?.result).toBe("first");
  expect(await other.finish("second")).toEqual({ value: "second", source: "computed" });
  expect(await Promise.all([one.readAgain(), other.readAgain()])).toEqual(["second", "second"]);
  expect((await createResultStore({ resultStorage: open() }).read("k"))?.result).toBe("second");
  expect([(await one.ended)[0], (await other.ended)[0]]).toEqual([0, 0]);
});

test("what another process computes outlives an invalidation of its key, but not one that comes later", async () => {
  const store = createResultStore({ resultStorage: open(), cacheResultInMemory: false });
  const rival = await startRival();
  await store.invalidate("k");
  await rival.finish("began before");
  expect((await store.read("k"))?.result).toBe("began before");
  await store.invalidate("k");
  expect(await rival.readAgain()).toBeNull();
});

test("two processes that share locks compute once", async () => {
  const lockManager = new MemoryLockManager();
  const stores = [1, 2].map(() => createResultStore({ resultStorage: open(), lockManager }));
  const computing = Promise.withResolvers<number>();
  const compute = vi.fn(() => computing.promise);
  const answers = stores.map((store) => store.answer("k", compute));
  await vi.waitFor(() => expect(compute).toHaveBeenCalled());
  computing.resolve(7);
  const sources = (await Promise.all(answers)).map(({ value, source }) => `${value} ${source}`);
  expect(sources.sort()).toEqual(["7 computed", "7 waited"]);
  expect(compute).toHaveBeenCalledTimes(1);
});
