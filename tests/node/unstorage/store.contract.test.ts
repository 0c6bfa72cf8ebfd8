import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fsDriver from "unstorage/drivers/fs-lite";
import { test } from "vitest";
import { UnstorageStorage } from "../../../src/integrations/unstorage/index.ts";
import { storeContract } from "../../../src/testing/stores/store.contract.ts";
import type { StoreWorld } from "../../../src/testing/stores/store-world.ts";
import { createMemoryWorld } from "../../memory-world.ts";

/** Stores over the files of one folder. */
async function createFileWorld(): Promise<StoreWorld> {
  const base = await mkdtemp(join(tmpdir(), "reprise-store-"));
  const world = createMemoryWorld(new UnstorageStorage({ driver: fsDriver({ base }), exclusive: true }));
  const close = async () => {
    await world.close();
    await rm(base, { recursive: true, force: true, maxRetries: 5 });
  };
  return { ...world, close };
}

for (const { name, run } of storeContract(createFileWorld)) test(name, run);
