import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as version2 from "unstorage2";
import fsDriver from "unstorage2/drivers/fs-lite";
import memoryDriver from "unstorage2/drivers/memory";
import { afterAll, describe, test } from "vitest";
import { repriseDriver, type UnstorageDriver, UnstorageStorage } from "../../../src/integrations/unstorage/index.ts";
import { createResultStore } from "../../../src/node/index.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";
import { driverSuite } from "../../core/unstorage/driver-suite.ts";

const root = await mkdtemp(join(tmpdir(), "reprise-unstorage-2-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const drivers: Record<string, () => Promise<UnstorageDriver>> = {
  "the driver of memory": async () => memoryDriver(),
  "the driver fs-lite": async () => fsDriver({ base: await mkdtemp(join(root, "files-")) }),
  "a storage of createStorage": async () => version2.createStorage(),
  "a part of a storage": async () => version2.prefixStorage(version2.createStorage(), "results"),
};

describe.each(Object.entries(drivers))("%s of unstorage 2", (_name, createDriver) => {
  const create = async () =>
    new UnstorageStorage({ driver: await createDriver(), exclusive: true, consistency: "strong" });
  for (const { name, run } of storageContract({ create })) test(name, run);
});

describe("a store as a driver of unstorage 2", () => {
  driverSuite(() => repriseDriver({ store: createResultStore() }), version2);
});
