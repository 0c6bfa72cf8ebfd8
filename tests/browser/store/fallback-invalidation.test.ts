import { afterEach, describe, expect, test, vi } from "vitest";
import type { InvalidationMode, InvalidationTarget } from "../../../src/core/invalidation/invalidation.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { put, stateOf } from "../../../src/testing/storages/storage-scene.ts";
import { startWorker } from "../contexts/start-context.ts";
import { refused, tick } from "./fallback-tools.ts";

afterEach(() => void vi.restoreAllMocks());

const keys = ["k", "p/1", "tagged"];
const tagsOf = (key: string) => ({ tags: key === "tagged" ? ["t"] : ["other"] });
/** Invalidations that cover all of `keys`. */
const changes = (["delete", "expire"] as const).flatMap((mode): [string, InvalidationTarget[], InvalidationMode][] => [
  [`of a key, a prefix and tags, ${mode}`, [{ keys: ["k"] }, { prefix: "p/" }, { tags: ["t"] }], mode],
  [`of all, ${mode}`, ["all"], mode],
]);

/** Memory that stands in for the database, and a tab whose database opens. Their messages don't reach each other. */
async function scene(before?: (storage: ResultStorage) => Promise<unknown>) {
  const { name, store, ...others } = await refused({}, (first) => Promise.resolve(before?.(first.resultStorage)));
  const { actor } = await startWorker(name);
  await tick();
  return { storage: store.resultStorage as Required<ResultStorage>, tab: actor, ...others };
}

test.each(changes)("an invalidation in memory reaches the database and other tabs: %s", async (_, targets, mode) => {
  const { storage, tab, open, isBack } = await scene(async (first) => {
    for (const key of [...keys, "p/2", "other"]) await put(first, key, tagsOf(key));
  });
  const began = await Promise.all(keys.map((key) => tab.begin(key)));
  for (const target of targets) await storage.invalidate(target, { mode, now: Date.now() });
  await tick();
  await tab.keep("p/2", {});
  open();
  await isBack();
  const covered = mode === "delete" ? "gone" : "expired";
  const states = await Promise.all([...keys, "p/2", "other"].map((key) => stateOf(storage, key)));
  expect(states).toEqual([...keys.map(() => covered), "fresh", targets[0] === "all" ? covered : "fresh"]);
  expect(await storage.lastInvalidation("tagged")).toMatchObject({ target: targets.at(-1), mode });
  for (const [index, key] of keys.entries()) {
    const since = began[index]!;
    await expect(tab.keep(key, { ...tagsOf(key), since })).rejects.toThrow("INVALIDATED");
    await tab.keep(key, { ...tagsOf(key), since: await tab.begin(key) });
  }
});

test.each(changes)("an invalidation in another tab reaches what memory has: %s", async (_, targets, mode) => {
  const { storage, tab, open, isBack } = await scene();
  const began = await Promise.all(keys.map((key) => storage.begin(key)));
  const late = await storage.begin("p/kept late");
  for (const key of ["k", "p/kept"]) await put(storage, key, { since: await storage.begin(key) });
  await tick();
  for (const target of targets) await tab.invalidate(target, mode);
  await tick();
  await put(storage, "p/kept late", { since: late });
  await put(storage, "p/later", { since: await storage.begin("p/later") });
  open();
  await isBack();
  const states = await Promise.all(["k", "p/kept", "p/kept late", "p/later"].map((key) => stateOf(storage, key)));
  expect(states).toEqual(["gone", "gone", "gone", "fresh"]);
  for (const [index, key] of keys.entries()) {
    const written = put(storage, key, { ...tagsOf(key), since: began[index]! });
    await expect(written).rejects.toMatchObject({ code: "INVALIDATED" });
  }
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

  test("and ended there does not replace what another tab has written meanwhile", async () => {
    const { storage, tab, open, isBack } = await scene();
    const since = await storage.begin("k");
    await tick();
    await tab.keep("k", { body: new TextEncoder().encode("1") });
    await tick();
    await put(storage, "k", { since, body: new TextEncoder().encode("22") });
    open();
    await isBack();
    expect((await storage.head("k"))?.metadata.size).toBe(1);
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

test("messages of other tabs drop the records and the computations that they cover from memory", async () => {
  const { name, store, open, isBack } = await refused();
  const storage = store.resultStorage as Required<ResultStorage>;
  const tab = new BroadcastChannel(`reprise/${name}`);
  for (const [_, targets] of changes.slice(0, 2)) {
    for (const key of [...keys, "other"]) await put(storage, key, tagsOf(key));
    const began = await Promise.all(keys.map((key) => storage.begin(key)));
    const other = await storage.begin("other");
    for (const target of targets) tab.postMessage({ type: "reprise/change", kind: "invalidated", target });
    const left = targets[0] === "all" ? 0 : 1;
    await vi.waitUntil(async () => (await storage.list()).records.length === left);
    for (const [index, key] of keys.entries()) {
      const written = put(storage, key, { ...tagsOf(key), since: began[index]! });
      await expect(written).rejects.toMatchObject({ code: "INVALIDATED" });
    }
    if (left > 0) await put(storage, "other", { since: other });
  }
  await put(storage, "last");
  open();
  await isBack();
  expect((await storage.list()).records.map(({ storageKey }) => storageKey)).toEqual(["last"]);
  tab.close();
});

test("what was invalidated in memory is announced to other tabs once the database has it", async () => {
  const { name, store, open, isBack } = await refused();
  const storage = store.resultStorage as Required<ResultStorage>;
  const targets = changes.slice(0, 2).flatMap(([_, each]) => each);
  for (const target of targets) await storage.invalidate(target, { mode: "expire", now: Date.now() });
  const heard: unknown[] = [];
  const tab = new BroadcastChannel(`reprise/${name}`);
  tab.onmessage = ({ data }: MessageEvent<{ kind: string; target: unknown }>) => heard.push([data.kind, data.target]);
  open();
  await isBack();
  await vi.waitUntil(() => heard.length >= targets.length);
  expect(heard).toEqual(targets.map((target) => ["invalidated", target]));
  tab.close();
});
