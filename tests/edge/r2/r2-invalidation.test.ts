import { beforeEach, describe, expect, test } from "vitest";
import { decodeHead } from "../../../src/core/record/record-format.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { grantWith, put } from "../../../src/testing/storages/storage-scene.ts";
import { codeOf } from "../../core/record/record-tools.ts";
import { clearBindings, r2, wrapBinding } from "../bindings/storage-tools.ts";

beforeEach(clearBindings);

const key = "key";
const open = () => new R2Storage({ bucket: r2 });
const direct = { token: 8 };
const keys = { keys: [key] };
const tokens = new Map([[key, direct.token]]);

type Change = (storage: ResultStorage) => Promise<unknown>;

const changes: Record<string, Change> = {
  "a deletion": (storage) => storage.delete(key, direct),
  "a write by hand": (storage) => put(storage, key, direct),
  "an invalidation that deletes": (storage) => storage.invalidate!(keys, { mode: "delete", now: Date.now(), tokens }),
  "an invalidation that expires": (storage) => storage.invalidate!(keys, { mode: "expire", now: Date.now(), tokens }),
};

const untokened: Record<string, Change> = {
  "a deletion": (storage) => storage.delete(key),
  "a write by hand": (storage) => put(storage, key),
  "an invalidation that expires": (storage) => storage.invalidate!(keys, { mode: "expire", now: Date.now() }),
  "a refresh that replaces it": (storage) => storage.begin!(key, { replaces: true }),
  "another computation that was kept": (storage) => put(storage, key),
};

test("without a lock, a value is refused over a record that was written between the look of its caller and its beginning", async () => {
  const storage = open();
  await put(open(), key);
  const since = await storage.begin(key, { found: null });
  expect(await codeOf(() => put(storage, key, { since }))).toBe("INVALIDATED");
  await storage.delete(key);
  await put(storage, key, { since: await storage.begin(key, { found: null }) });
});

describe.for([true, false])("of a value that began where a record was there: %s", (isThere) => {
  test.for(Object.keys(changes))("under a lock, it is refused after %s, and its lock is not", async (name) => {
    const storage = open();
    if (isThere) await put(storage, key);
    const grant = grantWith(key, 7);
    const found = (await storage.read(key))?.etag ?? null;
    const since = await storage.begin(key, { grant, found });
    await changes[name]!(open());
    const after = await storage.read(key);
    expect(await codeOf(() => put(storage, key, { grant, found, since }))).toBe("INVALIDATED");
    expect(await codeOf(() => put(storage, key, { grant, since }))).toBe("INVALIDATED");
    const lost = { ...grant, signal: AbortSignal.abort() };
    expect(await codeOf(() => put(storage, key, { grant: lost, found, since }))).toBe("INVALIDATED");
    expect(await storage.read(key)).toEqual(after);
    const next = grantWith(key, 9);
    await storage.fence(key, next);
    expect(await codeOf(() => put(storage, key, { grant, found, since }))).toBe("STALE_LOCK");
    await put(storage, key, { grant: next, since: await storage.begin(key, { grant: next }) });
  });

  test.for(Object.keys(untokened))("without a lock, it is refused after %s", async (name) => {
    const storage = open();
    if (isThere) await put(storage, key);
    const since = await storage.begin(key);
    await untokened[name]!(open());
    const after = await storage.read(key);
    expect(await codeOf(() => put(storage, key, { since }))).toBe("INVALIDATED");
    expect(await storage.read(key)).toEqual(after);
    await put(storage, key, { since: await storage.begin(key) });
  });

  test("it is kept if nothing has changed", async () => {
    const storage = open();
    if (isThere) await put(storage, key);
    await put(storage, key, { since: await storage.begin(key) });
    await storage.delete(key);
    await put(storage, key, { since: await storage.begin(key) });
  });
});

test("a record that a sweep removed meanwhile is no reason to refuse a value", async () => {
  const storage = open();
  const expiration = new Date(1);
  const { etag } = await put(storage, key, { expiration });
  const since = await storage.begin(key);
  await storage.sweep({ now: Date.now() });
  const grant = grantWith(key, 7);
  await put(storage, key, { grant, found: etag, since: await storage.begin(key, { grant }) });
  await storage.delete(key);
  expect(await codeOf(() => put(storage, key, { since }))).toBe("INVALIDATED");
  await put(storage, key, { expiration });
  const again = await storage.begin(key);
  await storage.sweep({ now: Date.now() });
  await put(storage, key, { since: again });
});

test("a value that began where a record had been deleted is refused after the bucket was cleared", async () => {
  const storage = open();
  await storage.delete(key);
  const since = await storage.begin(key);
  await storage.clear();
  expect(await codeOf(() => put(storage, key, { since }))).toBe("INVALIDATED");
});

test("a computation that could not ask is refused only if something is there, or was deleted", async () => {
  const storage = open();
  await put(storage, key, { since: "?" });
  expect(await codeOf(() => put(storage, key, { since: "?" }))).toBe("INVALIDATED");
  await storage.delete(key);
  expect(await codeOf(() => put(storage, key, { since: "?" }))).toBe("INVALIDATED");
});

test("the place costs nothing under a lock, or where the record is known, and one head otherwise", async () => {
  const { wrapped, calls } = wrapBinding(r2);
  const storage = new R2Storage({ bucket: wrapped });
  const { etag } = await put(open(), key);
  await storage.begin(key, { grant: grantWith(key, 1) });
  const since = await storage.begin(key, { found: etag });
  expect(calls).toEqual({});
  expect(await storage.begin(key)).toBe(since);
  expect(calls).toEqual({ head: 1 });
});

test("an expired record stays, expires at that time, and has another etag", async () => {
  const storage = open();
  const { etag } = await put(storage, key, { grant: grantWith(key, 7) });
  await storage.invalidate(keys, { mode: "expire", now: 1_000 });
  const expired = (await storage.read(key))!;
  expect(decodeHead(expired.bytes, key).expiration).toEqual(new Date(1_000));
  expect((await storage.head(key))?.metadata.expiration).toEqual(new Date(1_000));
  expect(expired.etag).not.toBe(etag);
});

test("a write by hand wins over a larger token, whose holder is refused", async () => {
  const storage = open();
  const grant = grantWith(key, 9);
  const { etag: found } = await put(storage, key, { grant });
  const since = await storage.begin(key, { grant, found });
  const { etag } = await put(storage, key, direct);
  expect(await codeOf(() => put(storage, key, { grant, found, since }))).toBe("INVALIDATED");
  expect((await storage.read(key))?.etag).toBe(etag);
});

test.for([{ prefix: "a/" }, { tags: ["a"] }, "all"] as const)(
  "R2 alone refuses %o, with the way out",
  async (target) => {
    const invalidated = open().invalidate(target, { mode: "delete", now: Date.now() });
    await expect(invalidated).rejects.toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining('class_name = "ResultInvalidations"') as string,
    });
  },
);
