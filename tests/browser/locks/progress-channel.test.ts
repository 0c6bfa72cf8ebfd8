import { afterEach, expect, test, vi } from "vitest";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import type { Progress } from "../../../src/core/concurrency/progress.ts";
import { eventually, inTime } from "../../../src/testing/cases/wait-for.ts";

const open: { close(): unknown }[] = [];

function manager(name: string): WebLockManager {
  const locks = new WebLockManager({ name });
  open.push(locks);
  return locks;
}

/** The channel of the progress, as any script of the origin can open it. */
function channelOf(name: string): BroadcastChannel {
  const channel = new BroadcastChannel(`reprise/${name}/progress`);
  open.push(channel);
  return channel;
}

afterEach(async () => {
  vi.unstubAllGlobals();
  for (const one of open.splice(0)) await one.close();
});

test("a thousand reports in a row are two messages, and the last report is among them", async () => {
  const name = crypto.randomUUID();
  const locks = manager(name);
  const messages: unknown[] = [];
  channelOf(name).onmessage = ({ data }) => messages.push((data as { progress: Progress }).progress.fraction);
  await locks.acquireLock("key", "a");
  for (let n = 1; n <= 1_000; n++) locks.reportProgress("key", "a", { fraction: n / 1_000 });
  await eventually(() => messages.includes(1), "the last report is lost");
  expect(messages).toEqual([0.001, 1]);
});

test("the end of the lock sends the last report first", async () => {
  const name = crypto.randomUUID();
  const locks = manager(name);
  const messages: unknown[] = [];
  channelOf(name).onmessage = ({ data }) => messages.push((data as { progress: Progress }).progress.fraction);
  await locks.acquireLock("key", "a");
  for (const fraction of [0.1, 0.5, 1]) locks.reportProgress("key", "a", { fraction });
  await locks.releaseLock("key", "a");
  await eventually(() => messages.length === 2, "the last report is lost");
  expect(messages).toEqual([0.1, 1]);
});

test("many who begin to wait at once cause a few answers", async () => {
  const name = crypto.randomUUID();
  const [one, other] = [manager(name), manager(name)];
  await one.acquireLock("key", "a");
  one.reportProgress("key", "a", { fraction: 0.5 });
  let answers = 0;
  channelOf(name).onmessage = ({ data }) => (answers += (data as { progress?: Progress }).progress ? 1 : 0);
  const told = new Set<number>();
  const waits = Array.from({ length: 100 }, (_, n) => other.waitForLock("key", { onProgress: () => told.add(n) }));
  await eventually(() => told.size === 100, "someone is told nothing");
  expect(answers).toBeLessThan(10);
  await one.releaseLock("key", "a");
  await inTime(Promise.all(waits), "someone still waits");
});

test("a channel is open only while someone reports, or waits and listens", async () => {
  const channels = new Set<string>();
  vi.stubGlobal(
    "BroadcastChannel",
    class extends BroadcastChannel {
      constructor(name: string) {
        super(name);
        channels.add(name);
      }
      override close(): void {
        super.close();
        channels.delete(this.name);
      }
    },
  );
  const name = crypto.randomUUID();
  const [one, other] = [manager(name), manager(name)];
  const openChannels = () => [...channels].filter((channel) => channel.endsWith("progress")).length;
  await one.acquireLock("key", "a", { onProgress: () => {} });
  const deaf = other.waitForLock("key");
  expect(openChannels()).toBe(0);
  one.reportProgress("key", "b", { fraction: 0.5 });
  expect(openChannels()).toBe(0);
  const listening = other.waitForLock("key", { onProgress: () => {} });
  await expect.poll(openChannels).toBe(1);
  await one.releaseLock("key", "a");
  await Promise.all([deaf, listening]);
  expect(openChannels()).toBe(0);
  await one.acquireLock("key", "a");
  one.reportProgress("key", "a", { fraction: 0.5 });
  expect(openChannels()).toBe(1);
  await one.releaseLock("key", "a");
  expect(openChannels()).toBe(0);
});

test("messages of other scripts tell nothing and break nothing", async () => {
  const name = crypto.randomUUID();
  const [one, other] = [manager(name), manager(name)];
  await one.acquireLock("key", "a");
  const told: Progress[] = [];
  const wait = other.waitForLock("key", { onProgress: (progress) => told.push(progress) });
  const raw = channelOf(name);
  const progresses = [null, 1, { fraction: 2 }, { fraction: NaN }, { fraction: "1" }, { fraction: 0.5, note: {} }];
  const tooLong = { fraction: 0.5, note: "x".repeat(10_000) };
  for (const data of [null, "key", 7, { key: 7 }, {}, { key: "other", progress: { fraction: 0.5 } }])
    raw.postMessage(data);
  for (const progress of [...progresses, tooLong]) raw.postMessage({ key: "key", progress });
  one.reportProgress("key", "a", { fraction: 0.75 });
  await eventually(() => told.length > 0, "nothing is told");
  expect(told).toEqual([{ fraction: 0.75 }]);
  await one.releaseLock("key", "a");
  await wait;
});

test("without BroadcastChannel a report reaches this manager alone", async () => {
  vi.stubGlobal("BroadcastChannel", undefined);
  const locks = manager(crypto.randomUUID());
  await locks.acquireLock("key", "a");
  const told: Progress[] = [];
  const wait = locks.waitForLock("key", { onProgress: (progress) => told.push(progress) });
  await expect.poll(async () => (await navigator.locks.query()).pending?.length).toBe(1);
  locks.reportProgress("key", "a", { fraction: 0.5 });
  expect(told).toEqual([{ fraction: 0.5 }]);
  await locks.releaseLock("key", "a");
  await wait;
});
