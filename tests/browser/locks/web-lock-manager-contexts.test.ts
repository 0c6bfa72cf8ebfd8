import { describe, expect, test } from "vitest";
import { inTime } from "../../../src/testing/cases/wait-for.ts";
import { LockActor } from "../contexts/lock-actor.ts";
import { type Context, startFrame, startWorker } from "../contexts/start-context.ts";

describe.each<[string, (name: string) => Promise<Context>]>([
  ["a worker", startWorker],
  ["an iframe", startFrame],
])("locks between a page and %s", (_, start) => {
  async function scene(): Promise<Context & { page: LockActor }> {
    const name = crypto.randomUUID();
    return { page: new LockActor(name), ...(await start(name)) };
  }

  test("only one of them has the lock, and both know who", async () => {
    const { page, actor } = await scene();
    expect(await actor.acquire("key", "there")).toMatchObject({ takenOver: false });
    expect(await page.acquire("key", "here", { acquireTimeout: 0 })).toBeUndefined();
    expect(await page.isLockHolder("key", "there")).toBe(true);
    await actor.release("key", "there");
    expect(await page.isLockHolder("key", "there")).toBe(false);
    expect(await page.acquire("key", "here", { acquireTimeout: 0 })).toBeDefined();
    expect(await actor.isLockHolder("key", "here")).toBe(true);
  });

  test("a release hands the lock on, with a larger token, and wakes who waits for it", async () => {
    const { page, actor } = await scene();
    const first = await page.acquire("key", "here");
    const woken = actor.waitForLock("key");
    const second = actor.acquire("key", "there");
    await page.release("key", "here");
    expect(await inTime(woken, "it is not woken")).toBe(true);
    const token = Number((await inTime(second, "the lock is not handed on"))?.token);
    expect(token).toBeGreaterThan(Number(first?.token));
  });

  test("whoever waits is told how far the other one is, also who begins to wait later", async () => {
    const { page, actor } = await scene();
    await actor.acquire("key", "there");
    const early = page.awaitProgress("key", 0.5);
    await actor.report("key", "there", { fraction: 0.5, note: "half" });
    expect((await inTime(early, "nothing is told")).at(-1)).toEqual({ fraction: 0.5, note: "half" });
    const late = await inTime(page.awaitProgress("key", 0.5), "the late one is told nothing");
    expect(late).toEqual([{ fraction: 0.5, note: "half" }]);
  });

  test("when it is killed its lock is handed on, without a lease that would run out", async () => {
    const { page, actor, kill } = await scene();
    const first = await actor.acquire("key", "there");
    const next = page.acquire("key", "here");
    const woken = page.waitForLock("key");
    expect(await page.isLockHolder("key", "there")).toBe(true);
    kill();
    expect(Number((await inTime(next, "the lock is not handed on"))?.token)).toBeGreaterThan(Number(first?.token));
    await page.release("key", "here");
    expect(await inTime(woken, "nobody is woken")).toBe(true);
  });

  test("when it is killed while it waits, nobody waits for it", async () => {
    const { page, actor, kill } = await scene();
    await page.acquire("key", "here");
    void actor.acquire("key", "there");
    await expect.poll(async () => (await navigator.locks.query()).pending?.length).toBe(1);
    kill();
    await page.release("key", "here");
    expect(await inTime(page.acquire("key", "next"), "the lock is lost")).toBeDefined();
  });
});

describe.each(["still holds the lock", "has written and released"])(
  "a worker that is blocked beyond its lease, when the next one %s",
  (then) => {
    test("is overtaken right after its lease and not before, and its late write is refused", async () => {
      const name = crypto.randomUUID();
      const page = new LockActor(name);
      const { actor } = await startWorker(name);
      const lease = await actor.acquire("key", "blocked", { holdTimeout: 150 });
      const end = Number(lease?.expiresAt);
      const blockedUntil = end + 2_000;
      const blocked = actor.blockUntil(blockedUntil);
      // asked now, so that it is done before the worker hears of anything else
      const late = actor.write("key", "late").then(
        () => "written",
        (error: Error) => error.message,
      );
      const next = await page.acquire("key", "next");
      const granted = Date.now();
      expect(next).toMatchObject({ takenOver: true });
      expect(granted).toBeGreaterThanOrEqual(end);
      expect(granted).toBeLessThan(blockedUntil);
      await page.write("key", "in time");
      if (then === "has written and released") await page.release("key", "next");
      await blocked;
      expect(await late).toBe("STALE_LOCK");
      expect(await actor.lostBy("key")).toBe("STALE_LOCK");
      expect(await page.read("key")).toBe("in time");
    });
  },
);
