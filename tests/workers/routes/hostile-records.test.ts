import { beforeEach, describe, expect, test } from "vitest";
import { encodeRecord, maxHeadEnd } from "../../../src/core/record/record-format.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { KvStorage } from "../../../src/edge/kv/kv-storage.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { headers, resultPath, resultsPath, type ListPageJson } from "../../../src/http/requests/protocol.ts";
import { put, sample } from "../../../src/testing/storages/storage-scene.ts";
import { hostileHeads, hostileKey, hostileRecord, hostileRecords } from "../../core/record/hostile-records.ts";
import { clearBindings, kv, r2 } from "../../edge/bindings/storage-tools.ts";
import { createApi, createCall, putRecord } from "../api-tools.ts";
import { connect } from "../http/http-world.ts";

beforeEach(clearBindings);

interface World {
  readonly storage: ResultStorage;
  /** Puts bytes where a writer that goes around the API would put them. */
  readonly plant: (key: string, bytes: Uint8Array) => Promise<unknown>;
}

const worlds: Readonly<Record<string, () => World>> = {
  memory: () => {
    const storage = new MemoryStorage();
    return { storage, plant: (key, bytes) => storage.write(key, bytes, { metadata: sample(key).metadata }) };
  },
  KV: () => ({ storage: new KvStorage({ namespace: kv }), plant: (key, bytes) => kv.put(key, bytes) }),
  R2: () => ({ storage: new R2Storage({ bucket: r2 }), plant: (key, bytes) => r2.put(key, bytes) }),
  "KV and R2": () => ({ storage: new EdgeStorage({ kv, r2 }), plant: (key, bytes) => r2.put(key, bytes) }),
  "split KV and R2": () => ({
    storage: new SplitStorage({ metadata: new KvStorage({ namespace: kv }), results: new R2Storage({ bucket: r2 }) }),
    plant: (key, bytes) => kv.put(key, bytes),
  }),
};

describe.each(Object.entries(worlds))("whatever lies in %s", (_, create) => {
  for (const [name, craft] of Object.entries(hostileHeads)) {
    test(`${name}: the API answers, and lists the others`, async () => {
      const { storage, plant } = create();
      const { call } = await createApi({ storage: () => storage });
      await put(storage, "shared/good");
      await plant(hostileKey, await craft());
      for (const method of ["GET", "HEAD"]) {
        expect([200, 404, 422]).toContain((await call(resultPath(hostileKey), { method })).status);
      }
      for (const path of [resultsPath, `${resultsPath}?prefix=shared/`]) {
        const answer = await call(path);
        expect(answer.status).toBe(200);
        const { records } = await answer.json<ListPageJson>();
        expect(records).toContainEqual(expect.objectContaining({ storageKey: "shared/good" }));
      }
    });
  }
});

test("an etag that no header can hold is none", async () => {
  const storage = new KvStorage({ namespace: kv });
  const { call } = await createApi({ storage: () => storage });
  await kv.put("shared/good", sample("shared/good").bytes, { metadata: { etag: "\ud800" } });
  for (const method of ["GET", "HEAD"]) expect((await call(resultPath("shared/good"), { method })).status).toBe(200);
});

test("PUT takes a record or refuses it by name, whatever it is", async () => {
  const call = await createCall();
  for (const [name, craft] of Object.entries(hostileRecords)) {
    const { status } = await putRecord(call, hostileKey, await craft());
    expect([204, 422], name).toContain(status);
  }
  // hundreds of records, each with calls of KV, R2 and two Durable Objects
}, 60_000);

test.each([
  ["a head of more than 16 KiB", { fields: { later: "a".repeat(16_384) } }],
  ["two compressions", { serializer: { type: "compressed/compressed/json" } }],
])("PUT refuses %s", async (_, sealed) => {
  const { call } = await createApi();
  const answer = await putRecord(call, hostileKey, hostileRecord(new Uint8Array(), sealed));
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({ code: "CORRUPT_RECORD" });
});

describe("the longest head that a record may have", () => {
  const { metadata } = sample(hostileKey);
  const lengthOf = (storageId: string) => encodeRecord({ ...metadata, storageId }, new Uint8Array()).bytes.length;
  // quotes and umlauts become three and six times as long in a header
  const storageId = '"ä'.repeat(4_000);
  const longest = storageId + "a".repeat(maxHeadEnd - lengthOf(storageId) - 16);
  const { bytes } = encodeRecord({ ...metadata, storageId: longest }, new TextEncoder().encode("1"));

  test("is too long for a header, so HEAD leaves it out", async () => {
    const { call } = await createApi();
    expect((await putRecord(call, hostileKey, bytes)).status).toBe(204);
    const answer = await call(resultPath(hostileKey), { method: "HEAD" });
    expect(answer.status).toBe(200);
    expect(answer.headers.has(headers.metadata)).toBe(false);
  });

  test("reaches clients all the same", async () => {
    const storage = new HttpStorage(connect());
    await storage.write(hostileKey, bytes, { metadata });
    expect((await storage.head(hostileKey))?.metadata).toMatchObject({ storageId: longest });
    expect((await storage.list()).records).toMatchObject([{ storageId: longest }]);
    expect((await storage.read(hostileKey))?.bytes).toEqual(bytes);
  });
});
