import { describe, test } from "vitest";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { KvStorage } from "../../../src/edge/kv/kv-storage.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";
import { clearBindings, kv, r2 } from "../bindings/storage-tools.ts";

const inKv = () => new KvStorage({ namespace: kv });
const inR2 = () => new R2Storage({ bucket: r2 });
const inBoth = () => new EdgeStorage({ kv, r2 });

/** A namespace or bucket has both parts where it is named twice. */
const parts: [string, () => ResultStorage, () => ResultStorage][] = [
  ["KV and R2", inKv, inR2],
  ["R2 and KV", inR2, inKv],
  ["R2 and R2", inR2, inR2],
  ["KV and KV", inKv, inKv],
  ["KV over R2, and R2", inBoth, inR2],
  ["R2, and KV over R2", inR2, inBoth],
];

describe.each(parts)("metadata and results in %s", (_, metadata, results) => {
  const another = async () => new SplitStorage({ metadata: metadata(), results: results() });
  const create = async () => {
    await clearBindings();
    return another();
  };
  for (const { name, run } of storageContract({ create, another })) test(name, run);
});
