import { afterEach, describe, expect, test, vi } from "vitest";
import type { InvalidationMode, InvalidationTarget } from "../../../src/core/invalidation/invalidation.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { put, stateOf } from "../../../src/testing/storage-scene.ts";
import { startWorker } from "../contexts/start-context.ts";
import { refused, tick } from "./fallback-tools.ts";

afterEach(() => void vi.restoreAllMocks());

const targets: InvalidationTarget[] = [{ keys: ["maps/a"] }, { prefix: "maps/" }, { tags: ["maps"] }, "all"];
const changes = targets.flatMap((target) =>
  (["delete", "expire"] as const).map((mode): [string, InvalidationTarget, InvalidationMode] => [
    `${JSON.stringify(target)}, ${mode}`,
    target,
    mode,
  ]),
);
const tags = ["maps"];

/** Memory that stands in for the database, and a tab whose database opens. Their messages don't reach each other. */
async function scene(before?: (storage: ResultStorage) => Promise<unknown>) {
  const { name, store, ...others } = await refused({}, (first) => Promise.resolve(before?.(first.resultStorage)));
  const { actor } = await startWorker(name);
  await tick();
  return { storage: store.resultStorage as Required<ResultStorage>, tab: actor, ...others };
}

describe.each(changes)("an invalidation in memory: %s", (_, target, mode) => {
  test("reaches older records of the database, and no newer ones", async () => {
    const { storage, tab, open, isBack } = await scene(async (first) => {
      await put(first, "maps/a", { tags });
      await put(first, "maps/b", { tags: ["maps", "b"] });
      await put(first, "other");
    });
    await storage.invalidate(target, { mode, now: Date.now() });
    await tick();
    await tab.keep("maps/b", { tags });
    open();
    await isBack();
    const covered = mode === "delete" ? "gone" : "expired";
    const states = await Promise.all(["maps/a", "maps/b", "other"].map((key) => stateOf(storage, key)));
    expect(states).toEqual([covered, "fresh", target === "all" ? covered : "fresh"]);
    expect(await storage.lastInvalidation("maps/a")).toMatchObject({ target, mode });
  });

  test("refuses what began before in another tab, once the database is open", async () => {
    const { storage, tab, open, isBack } = await scene();
    const since = await tab.begin("maps/a");
    await storage.invalidate(target, { mode, now: Date.now() });
    open();
    await isBack();
    await expect(tab.keep("maps/a", { tags, since })).rejects.toThrow("INVALIDATED");
    await tab.keep("maps/a", { tags, since: await tab.begin("maps/a") });
  });
});

describe.each(changes)("an invalidation in another tab: %s", (_, target, mode) => {
  test("refuses what began before in memory, and brings nothing of it back", async () => {
    const { storage, tab, open, isBack } = await scene();
    const since = await storage.begin("maps/a");
    await put(storage, "maps/a/kept", { tags, since: await storage.begin("maps/a/kept") });
    await tick();
    await tab.invalidate(target, mode);
    await tab.invalidate({ keys: ["maps/a/kept"] }, mode);
    await tick();
    await put(storage, "maps/later", { tags, since: await storage.begin("maps/later") });
    open();
    await isBack();
    await expect(put(storage, "maps/a", { tags, since })).rejects.toMatchObject({ code: "INVALIDATED" });
    expect([await stateOf(storage, "maps/a/kept"), await stateOf(storage, "maps/later")]).toEqual(["gone", "fresh"]);
  });
});

describe("a computation that began in memory", () => {
  test("is kept over an older record of the database, and over no newer one", async () => {
    const { storage, tab, open, isBack } = await scene(async (first) => {
      for (const key of ["old", "replaced", "written here"]) await put(first, key);
    });
    const [old, replaced, written] = [
      await storage.begin("old"),
      await storage.begin("replaced"),
      await storage.begin("written here"),
    ];
    await tick();
    await tab.keep("replaced", {});
    await put(storage, "written here");
    open();
    await isBack();
    await put(storage, "old", { since: old });
    await expect(put(storage, "replaced", { since: replaced })).rejects.toMatchObject({ code: "INVALIDATED" });
    await expect(put(storage, "written here", { since: written })).rejects.toMatchObject({ code: "INVALIDATED" });
  });

  test("is kept over the record that it found in memory", async () => {
    const { storage, open, isBack } = await scene();
    await put(storage, "k");
    const since = await storage.begin("k");
    open();
    await isBack();
    await put(storage, "k", { since });
  });

  test("is refused by a change in memory, whether the database opens meanwhile or not", async () => {
    const { storage, open, isBack } = await scene();
    const [one, two] = [await storage.begin("k"), await storage.begin("k")];
    await storage.deleteMany(["k"]);
    await expect(put(storage, "k", { since: one })).rejects.toMatchObject({ code: "INVALIDATED" });
    open();
    await isBack();
    await expect(put(storage, "k", { since: two })).rejects.toMatchObject({ code: "INVALIDATED" });
  });
});

test.each(targets)(
  "a message about %j drops the records and the computations that it covers from memory",
  async (target) => {
    const { name, store, open, isBack } = await refused();
    const storage = store.resultStorage as Required<ResultStorage>;
    await put(storage, "maps/a", { tags });
    await put(storage, "other");
    const [covered, other] = [await storage.begin("maps/a"), await storage.begin("other")];
    const tab = new BroadcastChannel(`reprise/${name}`);
    tab.postMessage({ type: "reprise/change", kind: "invalidated", target });
    await vi.waitUntil(async () => (await storage.read("maps/a")) === undefined);
    await expect(put(storage, "maps/a", { tags, since: covered })).rejects.toMatchObject({ code: "INVALIDATED" });
    if (target !== "all") await put(storage, "other", { since: other });
    open();
    await isBack();
    expect((await storage.list()).records.map(({ storageKey }) => storageKey)).toEqual(
      target === "all" ? [] : ["other"],
    );
    tab.close();
  },
);

test("what was invalidated in memory is announced to other tabs once the database has it", async () => {
  const { name, store, open, isBack } = await refused();
  const storage = store.resultStorage as Required<ResultStorage>;
  for (const target of targets) await storage.invalidate(target, { mode: "expire", now: Date.now() });
  const heard: unknown[] = [];
  const tab = new BroadcastChannel(`reprise/${name}`);
  tab.onmessage = ({ data }: MessageEvent<{ kind: string; target: unknown }>) => heard.push([data.kind, data.target]);
  open();
  await isBack();
  await vi.waitUntil(() => heard.length >= targets.length);
  expect(heard.slice(0, targets.length)).toEqual(targets.map((target) => ["invalidated", target]));
  tab.close();
});
