import { expect, test } from "vitest";
import { DevalueSerializer } from "../../../src/core/serializers/devalue/devalue-serializer.ts";
import { encrypted } from "../../../src/core/serializers/encrypted.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { createKey, hasText } from "../../core/serializers/encryption-tools.ts";
import { kv, r2 } from "../../edge/bindings/storage-tools.ts";
import { createStore } from "../../stores.ts";
import { connect } from "./http-world.ts";

const serializer = encrypted(new DevalueSerializer(), { key: await createKey() });

/** A store of another tab each time. */
const openTab = () =>
  createStore({ resultStorage: new HttpStorage(connect()), serializer, cacheResultInMemory: false });

test("tabs share results through a Worker that can't read them", async () => {
  const key = `encrypted/${crypto.randomUUID()}`;
  const value = { diary: "secret word", at: new Date(0) };
  expect(await openTab().getOrCompute(key, () => value, { tags: ["diaries"], expiresIn: "1h" })).toEqual(value);
  expect(await openTab().getOrCompute(key, () => Promise.reject(new Error("computed twice")))).toEqual(value);

  const storage = new EdgeStorage({ kv, r2 });
  const { bytes } = (await storage.read(key, { fresh: true }))!;
  expect(hasText(bytes, "secret word")).toBe(false);
  const inWorker = createStore({ resultStorage: storage });
  const record = await inWorker.read(key);
  expect(record).toMatchObject({
    isReadable: false,
    metadata: { tags: ["diaries"], serializer: { type: "encrypted" } },
  });
  expect(await inWorker.getOrCompute(key, () => "the Worker's own")).toBe("the Worker's own");
  expect((await openTab().read(key))?.result).toEqual(value);
  await inWorker.delete(key);
  expect(await openTab().read(key)).toBeUndefined();
});
