import { createStorage } from "unstorage";
import indexedDbDriver from "unstorage/drivers/indexedb";
import { describe, expect, test, vi } from "vitest";
import { createResultStore } from "../../../src/browser/index.ts";
import { randomId } from "../../../src/core/support/random-id.ts";
import { repriseDriver, UnstorageStorage } from "../../../src/integrations/unstorage/index.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";
import { driverSuite } from "../../core/unstorage/driver-suite.ts";

describe("a store in IndexedDB as a driver", () => {
  driverSuite(() => repriseDriver({ store: createResultStore({ name: `driver-${randomId()}` }) }));
});

describe("the driver indexedb as a storage", () => {
  const create = async () => {
    const driver = indexedDbDriver({ dbName: `unstorage-${randomId()}`, storeName: "items" });
    return new UnstorageStorage({ driver, exclusive: true });
  };
  for (const { name, run } of storageContract({ create })) test(name, run);
});

test("two storages over one database see each other's items and hear of their changes, as two tabs do", async () => {
  const name = `shared-${randomId()}`;
  const open = () => createStorage({ driver: repriseDriver({ store: createResultStore({ name }) }) });
  const [one, other] = [open(), open()];
  const heard: string[] = [];
  await other.watch((event, key) => heard.push(`${event} ${key}`));
  expect(await other.getItem("a")).toBeNull();
  await one.setItem("a", { city: "Oslo" });
  expect(await other.getItem("a")).toEqual({ city: "Oslo" });
  await vi.waitFor(() => expect(heard).toEqual(["update a"]));
  await one.removeItem("a");
  await vi.waitFor(() => expect(heard).toEqual(["update a", "remove a"]));
  expect(await other.hasItem("a")).toBe(false);
  await Promise.all([one.dispose(), other.dispose()]);
});
