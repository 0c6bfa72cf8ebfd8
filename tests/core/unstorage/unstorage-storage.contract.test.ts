import { createStorage, prefixStorage } from "unstorage";
import memoryDriver from "unstorage/drivers/memory";
import { describe, test } from "vitest";
import { UnstorageStorage } from "../../../src/integrations/unstorage/index.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";
import { textDriver } from "./text-driver.ts";

const consistency = "strong";
const drivers = {
  "the driver of memory": memoryDriver,
  "a driver without raw items": textDriver,
  "a storage of createStorage": () => createStorage(),
  "a storage over a driver without raw items": () => createStorage({ driver: textDriver() }),
  "a part of a storage": () => prefixStorage(createStorage(), "results"),
};

describe.each(Object.entries(drivers))("%s", (_name, createDriver) => {
  describe.each([true, false])("exclusive: %s", (exclusive) => {
    const create = async () => new UnstorageStorage({ driver: createDriver(), exclusive, consistency });
    for (const { name, run } of storageContract({ create })) test(name, run);
  });
});

describe("two storages over one driver", () => {
  const driverOf = new WeakMap<object, ReturnType<typeof memoryDriver>>();
  const over = (driver: ReturnType<typeof memoryDriver>) => {
    const storage = new UnstorageStorage({ driver, exclusive: true });
    driverOf.set(storage, driver);
    return storage;
  };
  const options = {
    create: async () => over(memoryDriver()),
    another: async (first: object) => over(driverOf.get(first)!),
  };
  for (const { name, run } of storageContract(options)) test(name, run);
});
