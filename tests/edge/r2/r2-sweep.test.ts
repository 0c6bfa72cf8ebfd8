import { beforeEach, expect, test } from "vitest";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { grantWith, put } from "../../../src/testing/storages/storage-scene.ts";
import { clearBindings, r2, wrapBinding } from "../bindings/storage-tools.ts";

beforeEach(clearBindings);

test.each([
  ["with a token", grantWith("key", 7)],
  ["without one", undefined],
])("a sweep leaves alone what took the place of an expired record %s since it was listed", async (_, grant) => {
  const storage = new R2Storage({ bucket: r2 });
  await put(storage, "key", { expiration: new Date(1), grant });
  let fresh: { etag: string } | undefined;
  const { wrapped } = wrapBinding(r2, {
    list: async (...args: Parameters<R2Bucket["list"]>) => {
      const page = await r2.list(...args);
      fresh = await put(storage, "key", { grant });
      return page;
    },
  });
  expect(await new R2Storage({ bucket: wrapped }).sweep({ now: Date.now() })).toEqual({ expired: 0, evicted: 0 });
  expect(await storage.read("key")).toMatchObject({ etag: fresh?.etag });
});
