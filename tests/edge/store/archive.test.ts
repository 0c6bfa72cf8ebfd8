import { expect, test } from "vitest";
import { importRecords } from "../../../src/core/archive/import-records.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { archiveOf } from "../../core/archive/archive-tools.ts";
import { createStore } from "../../stores.ts";
import { kv, newInvalidations, r2 } from "../bindings/storage-tools.ts";

test("an invalidated record is not exported, one that was expired stays so, and an import is newer than invalidations", async () => {
  const prefix = `archive/${crypto.randomUUID()}/`;
  const storage = new EdgeStorage({ kv, r2, invalidations: newInvalidations() });
  const store = createStore({ resultStorage: storage, cacheResultInMemory: false });
  for (const name of ["deleted", "expired", "fresh"]) await store.write(prefix + name, name, { tags: [prefix + name] });
  const before = await archiveOf(store, { prefix });
  await store.invalidate({ tags: [`${prefix}deleted`] });
  await store.invalidate({ tags: [`${prefix}expired`] }, { mode: "expire" });

  const copy = createStore();
  expect(await importRecords(copy, await archiveOf(store, { prefix }))).toMatchObject({ skipped: 1 });
  expect((await copy.list()).records.map(({ storageKey }) => storageKey)).toEqual([`${prefix}fresh`]);

  expect(await importRecords(store, before)).toEqual({ imported: 3, skipped: 0, refused: 0 });
  expect((await store.read(`${prefix}deleted`))?.result).toBe("deleted");
  expect((await store.read(`${prefix}expired`))?.result).toBe("expired");
});
