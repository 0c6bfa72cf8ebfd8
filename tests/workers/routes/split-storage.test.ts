import { describe, expect, test } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";
import { put } from "../../../src/testing/storages/storage-scene.ts";
import { codeOf } from "../../core/record/record-tools.ts";
import { clearBindings, kv, r2 } from "../../edge/bindings/storage-tools.ts";
import { connect, vouchingLocks } from "../http/http-world.ts";

describe("HttpStorage over a Worker that keeps metadata, with copies in KV, apart from results", () => {
  const split = () =>
    new SplitStorage({ metadata: new EdgeStorage({ kv, r2 }), results: new R2Storage({ bucket: r2 }) });
  const open = () => new HttpStorage(connect({ locks: () => vouchingLocks, storage: split }));
  const cases = storageContract({
    async create() {
      await clearBindings();
      return open();
    },
    another: async () => open(),
  });
  for (const { name, run } of cases) test(name, run);
});

test("over HTTP half a record is refused, as metadata and as a result, and nothing of it stays", async () => {
  await clearBindings();
  const [http, local] = [new HttpStorage(connect()), new MemoryStorage()];
  for (const parts of [
    { metadata: http, results: local },
    { metadata: local, results: http },
  ]) {
    expect(await codeOf(() => put(new SplitStorage(parts), "key"))).toBe("CORRUPT_RECORD");
    expect([(await http.list()).records, (await local.list()).records]).toEqual([[], []]);
  }
});
