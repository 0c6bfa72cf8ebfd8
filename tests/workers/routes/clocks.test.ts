import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { decodeRecord } from "../../../src/core/record/record-format.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { headers as names, resultPath } from "../../../src/http/requests/protocol.ts";
import { sample } from "../../../src/testing/storages/storage-scene.ts";
import goldenJson from "../../golden/json.rprs?bytes";
import goldenBinary from "../../golden/binary.rprs?bytes";
import { clearBindings, kv, r2, wrapBinding } from "../../edge/bindings/storage-tools.ts";
import { createStore } from "../../stores.ts";
import { bytesOf, createApi, createCall, putRecord, refusal, tokenFor } from "../api-tools.ts";
import { connect } from "../http/http-world.ts";

const day = 86_400_000;

beforeEach(clearBindings);
afterEach(() => void vi.restoreAllMocks());

function expectNear(time: Date | undefined, expected: number): void {
  expect(Math.abs(Number(time) - expected)).toBeLessThan(5_000);
}

/** What a visitor with such a clock has just computed, to live for a day. */
function computedAt(now: number) {
  return sample("k", { createdAt: new Date(now - 500), expiration: new Date(now + day) }).bytes;
}

const wrongs = [
  ["a year ahead", 365 * day],
  ["a year behind", -365 * day],
  ["two days behind", -2 * day],
  ["a minute ahead", 60_000],
] as const;

test.for(wrongs)("a record of a visitor whose clock is %s is dated by the Worker's", async ([, wrong]) => {
  const { call, storage } = await createApi();
  const theirs = Date.now() + wrong;
  expect((await putRecord(call, "k", computedAt(theirs), { [names.now]: String(theirs) })).status).toBe(204);
  const { metadata } = decodeRecord((await storage.read("k"))!.bytes, "k");
  expectNear(metadata.createdAt, Date.now());
  expectNear(metadata.expiration, Date.now() + day);
});

test("a record from the future is dated now, whatever the client says or doesn't, and lives as long as it says", async () => {
  const { call, storage } = await createApi();
  const future = Date.now() + 365 * day;
  const lies = [undefined, Date.now(), 0, 1, future, future + 365 * day, 999_999_999_999_999];
  for (const lie of lies) {
    const headers = lie === undefined ? undefined : { [names.now]: String(lie) };
    expect((await putRecord(call, "k", computedAt(future), headers)).status).toBe(204);
    const { metadata } = decodeRecord((await storage.read("k"))!.bytes, "k");
    expect(Number(metadata.createdAt)).toBeLessThanOrEqual(Date.now());
    expect(Number(metadata.expiration) - Number(metadata.createdAt)).toBe(day + 500);
  }
});

test("a record that never expires stays so, and times at the end of all times are taken", async () => {
  const { call, storage } = await createApi();
  const never = sample("k", { createdAt: new Date(Date.now() + day) }).bytes;
  expect((await putRecord(call, "k", never)).status).toBe(204);
  expect(decodeRecord((await storage.read("k"))!.bytes, "k").metadata.expiration).toBeUndefined();
  const last = new Date(8.64e15);
  for (const [createdAt, now] of [
    [last, "0"],
    [new Date(-8.64e15), "999999999999999"],
    [new Date(), "0"],
  ] as const) {
    const { bytes } = sample("k", { createdAt, expiration: last });
    expect((await putRecord(call, "k", bytes, { [names.now]: now })).status).toBe(204);
  }
});

test("an old record that is uploaded late keeps its dates", async () => {
  const { call, storage } = await createApi();
  const { bytes } = sample("k", { createdAt: new Date(Date.now() - 2 * day), expiration: new Date(Date.now() + day) });
  await putRecord(call, "k", bytes, { [names.now]: String(Date.now()) });
  expect((await storage.read("k"))!.bytes).toEqual(bytes);
});

test.for([
  ["json", goldenJson],
  ["binary", goldenBinary],
] as const)("by a right clock the golden record %s goes there and back byte for byte", async ([, golden]) => {
  const call = await createCall();
  const key = decodeRecord(golden.slice()).metadata.storageKey;
  for (const headers of [{}, { [names.now]: String(Date.now() - 2_000) }]) {
    expect((await putRecord(call, key, golden.slice(), headers)).status).toBe(204);
    expect(await bytesOf(await call(resultPath(key)))).toEqual(golden.slice());
  }
});

test.for(["soon", "-5", "1e3", "1.5", ""])("the time %j can't be meant", async (now) => {
  const { call } = await createApi();
  const answer = await putRecord(call, "k", sample("k").bytes, { [names.now]: now });
  expect(await refusal(answer)).toBe("400 INVALID_ARGUMENT");
});

test("every answer tells the Worker's time, a refusal and an unchanged copy too", async () => {
  const { call } = await createApi();
  const etag = (await putRecord(call, "k", sample("k").bytes)).headers.get("etag")!;
  for (const answer of [
    await call(resultPath("k")),
    await call(resultPath("k"), { method: "HEAD" }),
    await call(resultPath("k"), { headers: { "if-none-match": etag } }),
    await call(resultPath("absent")),
    await call(resultPath("k"), { authorization: null }),
    await call("/v1/results"),
    await call("/v1/nothing"),
  ]) {
    expectNear(new Date(Number(answer.headers.get(names.now))), Date.now());
  }
});

/** A client in a world whose clock is wrong, of a Worker whose clock is right. */
async function strayClient(wrong: number, storage: EdgeStorage) {
  const token = await tokenFor();
  const real = Date.now.bind(Date);
  let isHere = true;
  vi.spyOn(Date, "now").mockImplementation(() => real() + (isHere ? wrong : 0));
  const { fetch, ...options } = connect({ storage: () => storage });
  const right: typeof fetch = async (url, init) => {
    isHere = false;
    try {
      return await fetch(url, init);
    } finally {
      isHere = true;
    }
  };
  const store = createStore({
    resultStorage: new HttpStorage({ ...options, token, fetch: right }),
    cacheResultInMemory: false,
  });
  return { store, real };
}

test.for(wrongs)(
  "a store whose clock is %s shares with others, and they with it, for as long as is meant",
  async ([, wrong]) => {
    const ttls: (number | undefined)[] = [];
    const { wrapped } = wrapBinding(kv, {
      put: (async (key: string, value: ArrayBufferView, options?: KVNamespacePutOptions) => {
        ttls.push(options?.expirationTtl);
        return kv.put(key, value, options);
      }) as KVNamespace["put"],
    });
    const { store, real } = await strayClient(wrong, new EdgeStorage({ kv: wrapped, r2, copyTtl: "30d" }));
    await store.getOrCompute("k", () => "theirs", { expiresIn: "1d" });
    const { metadata } = (await new EdgeStorage({ r2 }).head("k"))!;
    expectNear(metadata.createdAt, real());
    expectNear(metadata.expiration, real() + day);
    expect(Math.abs(ttls[0]! - day / 1_000)).toBeLessThan(10);
    expect(await store.getOrCompute("k", () => "again")).toBe("theirs");
    expect(await store.exists("k")).toBe(true);
    expect(await store.sweep()).toEqual({ expired: 0, evicted: 0 });
    expect(await store.exists("k")).toBe(true);
  },
);
