import { beforeEach, expect, test } from "vitest";
import { KvStorage } from "../../../src/edge/kv/kv-storage.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { grantWith, put } from "../../../src/testing/storages/storage-scene.ts";
import { codeOf } from "../../core/record/record-tools.ts";
import { clearBindings, kv, r2, wrapBinding } from "../bindings/storage-tools.ts";

beforeEach(clearBindings);

const lostAnswer = new Error("delete: We encountered an internal error. Please try again. (10001)");

/** A bucket that carries out the first `puts` and `deletes` that it is asked for, and loses the answers. Then `afterwards` runs. */
function losing(afterwards: () => Promise<unknown> = async () => {}, isDone = true) {
  let isLost = false;
  const lose = <Args extends unknown[]>(method: (...args: Args) => Promise<unknown>) =>
    (async (...args: Args) => {
      if (isLost) return method(...args);
      isLost = true;
      if (isDone) await method(...args);
      await afterwards();
      throw lostAnswer;
    }) as never;
  return wrapBinding(r2, { put: lose(r2.put.bind(r2)), delete: lose(r2.delete.bind(r2)) }).wrapped;
}

const grants = [
  ["without a lock", undefined],
  ["under a lock", grantWith("key", 7)],
] as const;

test.for(grants)(
  "a deletion of a record written %s, whose answer is lost, leaves a newer record",
  async ([, grant]) => {
    const direct = new R2Storage({ bucket: r2 });
    await put(direct, "key", { grant });
    let newer: { etag: string } | undefined;
    const write = async () => (newer = await put(direct, "key", { grant }));
    const deletion = new R2Storage({ bucket: losing(write) }).delete("key");
    // nobody can tell whether it happened
    await expect(deletion).rejects.toMatchObject({ code: "STORAGE" });
    expect(await direct.read("key")).toMatchObject({ etag: newer?.etag });
  },
);

test.for(grants)("a deletion of a record written %s is true although its answer is lost", async ([, grant]) => {
  const direct = new R2Storage({ bucket: r2 });
  for (const isDone of [true, false]) {
    await put(direct, "key", { grant });
    expect(await new R2Storage({ bucket: losing(undefined, isDone) }).delete("key")).toBe(true);
    expect(await direct.read("key")).toBeUndefined();
  }
});

test.for(grants)("of many deletions at once of a record written %s, one is true", async ([, grant]) => {
  const direct = new R2Storage({ bucket: r2 });
  await put(direct, "key", { grant });
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => new R2Storage({ bucket: r2 }).delete("key")));
  expect(outcomes.filter(Boolean)).toHaveLength(1);
});

test("a sweep whose answer is lost leaves a newer record", async () => {
  const direct = new R2Storage({ bucket: r2 });
  await put(direct, "key", { expiration: new Date(1) });
  let newer: { etag: string } | undefined;
  const bucket = losing(async () => (newer = await put(direct, "key")));
  await codeOf(() => new R2Storage({ bucket }).sweep({ now: Date.now() }));
  expect(await direct.read("key")).toMatchObject({ etag: newer?.etag });
});

test("a sweep of old tombstones whose answer is lost leaves a newer record", async () => {
  const direct = new R2Storage({ bucket: r2 });
  await put(direct, "key");
  await direct.delete("key");
  let newer: { etag: string } | undefined;
  const bucket = losing(async () => (newer = await put(direct, "key")));
  await new R2Storage({ bucket }).sweep({ now: Date.now() + 25 * 3_600_000 });
  expect(await direct.read("key")).toMatchObject({ etag: newer?.etag });
});

test("clearing a bucket, whose answer is lost, is not done again", async () => {
  const direct = new R2Storage({ bucket: r2 });
  await put(direct, "key");
  let newer: { etag: string } | undefined;
  const bucket = losing(async () => (newer = await put(direct, "key")));
  expect(await codeOf(() => new R2Storage({ bucket }).clear())).toBe("STORAGE");
  expect(await direct.read("key")).toMatchObject({ etag: newer?.etag });
});

test("KV alone: a deletion whose answer is lost leaves a newer record", async () => {
  const direct = new KvStorage({ namespace: kv });
  await put(direct, "key");
  let newer: { etag: string } | undefined;
  const lose = async (key: string) => {
    await kv.delete(key);
    newer ??= await put(direct, "key");
    throw new Error("KV DELETE failed: 500 Internal Server Error");
  };
  const { wrapped } = wrapBinding(kv, { delete: lose });
  expect(await codeOf(() => new KvStorage({ namespace: wrapped }).delete("key"))).toBe("STORAGE");
  expect(await direct.read("key")).toMatchObject({ etag: newer?.etag });
});
