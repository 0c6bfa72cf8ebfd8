import { afterAll, describe, test } from "vitest";
import { randomId } from "../../src/core/support/random-id.ts";
import { repriseDriver, UnstorageStorage } from "../../src/integrations/unstorage/index.ts";
import { createResultStore } from "../../src/node/index.ts";
import { storageContract } from "../../src/testing/storages/storage.contract.ts";
import { storeContract } from "../../src/testing/stores/store.contract.ts";
import { driverSuite } from "../core/unstorage/driver-suite.ts";
import { createMemoryWorld } from "../memory-world.ts";
import { RedisServer } from "./redis-server.ts";

const redis = await RedisServer.start();
afterAll(() => redis[Symbol.asyncDispose]());
const open = (exclusive: boolean, base: string = randomId()) =>
  new UnstorageStorage({ driver: redis.open({ base }), exclusive });

describe("a storage that alone writes to Redis", () => {
  for (const { name, run } of storageContract({ create: async () => open(true) })) test(name, run);
});

describe("two storages that both write to Redis, through a connection each", () => {
  const bases = new WeakMap<object, string>();
  const create = async (base: string = randomId()) => {
    const storage = open(false, base);
    bases.set(storage, base);
    return storage;
  };
  const another = async (first: object) => create(bases.get(first));
  for (const { name, run } of storageContract({ create: async () => create(), another })) test(name, run);
});

describe("stores over Redis", () => {
  for (const { name, run } of storeContract(async () => createMemoryWorld(open(true)))) test(name, run);
});

describe("a store over Redis as a driver", () => {
  driverSuite(() => repriseDriver({ store: createResultStore({ resultStorage: open(false) }) }));
});
