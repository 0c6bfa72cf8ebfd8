import { beforeEach, expect, test } from "vitest";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { KvStorage, type KvStorageOptions } from "../../../src/edge/kv/kv-storage.ts";
import { put } from "../../../src/testing/storages/storage-scene.ts";
import { clearBindings, kv, r2, wrapBinding } from "../bindings/storage-tools.ts";

beforeEach(clearBindings);

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000);

/** Seconds from now after which KV itself drops what was written; `undefined`: never. */
async function lifetimeOf(key: string): Promise<number | undefined> {
  const { keys } = await kv.list({ prefix: key });
  const expiration = keys[0]?.expiration;
  return expiration === undefined ? undefined : expiration - Date.now() / 1_000;
}

async function writtenWith(options: Omit<KvStorageOptions, "namespace">, sample: Parameters<typeof put>[2]) {
  await put(new KvStorage({ namespace: kv, ...options }), "key", sample);
  return lifetimeOf("key");
}

test("KV is told of an expiration that is a minute ahead or more, and of no nearer one, which it refuses", async () => {
  expect(await writtenWith({}, { expiration: inSeconds(3_600) })).toBeCloseTo(3_600, -1);
  expect(await writtenWith({}, { expiration: inSeconds(30) })).toBeUndefined();
  expect(await writtenWith({}, {})).toBeUndefined();
});

test("an expiration that is farther off than KV can be told of is the record's own business", async () => {
  const [years, copyTtl] = [31_536_000, "100y"];
  expect(await writtenWith({}, { expiration: inSeconds(60 * years) })).toBeCloseTo(60 * years, -1);
  expect(await writtenWith({}, { expiration: inSeconds(100 * years) })).toBeUndefined();
  expect(await writtenWith({ copyTtl }, { etag: "theirs" })).toBeCloseTo(2 ** 31 - 1, -1);
});

test("a copy stays for copyTtl at most, for a minute at least, and no longer than its record", async () => {
  const day = { copyTtl: "1d" } as const;
  expect(await writtenWith(day, { etag: "theirs" })).toBeCloseTo(86_400, -1);
  expect(await writtenWith(day, { etag: "theirs", expiration: inSeconds(3_600) })).toBeCloseTo(3_600, -1);
  expect(await writtenWith(day, { etag: "theirs", expiration: inSeconds(5) })).toBeCloseTo(60, -1);
  expect(await writtenWith({ copyTtl: 1 }, { etag: "theirs" })).toBeCloseTo(60, -1);
});

test("what the store of a Worker copies goes after an hour, unless it is told another time", async () => {
  await put(new EdgeStorage({ kv, r2 }), "key");
  expect(await lifetimeOf("key")).toBeCloseTo(3_600, -1);
  await put(new EdgeStorage({ kv, r2, copyTtl: "5m" }), "key");
  expect(await lifetimeOf("key")).toBeCloseTo(300, -1);
});

test("with one binding EdgeStorage is that one alone: what KV keeps is no copy and stays, R2 keeps its promises", async () => {
  const kvAlone = new EdgeStorage({ kv });
  const { etag } = await put(kvAlone, "key");
  expect(await lifetimeOf("key")).toBeUndefined();
  expect(await kvAlone.read("key")).toMatchObject({ etag, from: "kv" });
  expect((await kvAlone.read("key"))?.isCopy).toBeUndefined();
  expect(kvAlone.capabilities).toMatchObject({ consistency: "eventual", conditionalWrites: false });

  const { wrapped, calls } = wrapBinding(r2);
  const r2Alone = new EdgeStorage({ r2: wrapped });
  await put(r2Alone, "other", { ifNoneMatch: "*" });
  expect(await r2Alone.read("other")).toMatchObject({ from: "r2" });
  expect(r2Alone.capabilities).toMatchObject({ consistency: "strong", conditionalWrites: true });
  expect(calls["get"]).toBe(1);
});
