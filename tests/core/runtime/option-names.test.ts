import { afterEach, describe, expect, test, vi } from "vitest";
import { getSettings, useEnvironment } from "../../../src/core/context/configure.ts";
import { INPUTS } from "../../../src/core/keys/cache-policy.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import type {
  GetOrComputeOptions,
  ListOptions,
  ReadOptions,
  StoreLockOptions,
  WriteOptions,
} from "../../../src/core/options/call-options.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { ConfigurationError } from "../../../src/errors/index.ts";
import { createResultStore } from "../../../src/node/create-result-store.ts";
import { createStore } from "../../stores.ts";
import { createTaskWorld } from "../tasks/task-world.ts";

// In plain JavaScript nothing else tells of a name that is misspelt.
const misspelt = (options: object): never => options as never;

test.each<[of: string, call: () => unknown, message: string]>([
  [
    "a store",
    () => createStore().withOptions(misspelt({ lockManger: 1 })),
    'A ResultStore has no option "lockManger": did you mean "lockManager"?',
  ],
  [
    "a store, of one that moved",
    () => createStore().withOptions(misspelt({ metadataStorage: 1 })),
    'A ResultStore has no option "metadataStorage": write resultStorage: new SplitStorage({ metadata, results })',
  ],
  [
    "createResultStore",
    () => createResultStore(misspelt({ onevent: 1 })),
    'createResultStore has no option "onevent": did you mean "onEvent"?',
  ],
  [
    "createResultStore, of one that moved",
    () => createResultStore(misspelt({ metadataStorage: 1 })),
    'createResultStore has no option "metadataStorage": write resultStorage: new SplitStorage({ metadata, results })',
  ],
  [
    "a policy",
    () => INPUTS.configure(misspelt({ lockmanager: 1 })),
    'configure has no option "lockmanager": did you mean "lockManager"?',
  ],
  [
    "a task",
    () => createTaskWorld().task(() => 1, misspelt({ cacheExpiraton: "1d" })),
    'task has no option "cacheExpiraton": did you mean "cacheExpiration"?',
  ],
  [
    "a task's withOptions",
    () =>
      createTaskWorld()
        .task(() => 1)
        .withOptions(misspelt({ refreshcache: true })),
    'task has no option "refreshcache": did you mean "refreshCache"?',
  ],
  [
    "a flow",
    () => createTaskWorld().flow(() => 1, misspelt({ resultSerialiser: "json" })),
    'flow has no option "resultSerialiser": did you mean "resultSerializer"?',
  ],
  [
    "a flow's withOptions",
    () =>
      createTaskWorld()
        .flow(() => 1)
        .withOptions(misspelt({ nam: "f" })),
    'flow has no option "nam": did you mean "name"?',
  ],
])("%s names the option that was meant", (_, call, message) => {
  expect(call).toThrow(expect.objectContaining({ code: "CONFIGURATION", message }));
});

test("createResultStore takes the options of other runtimes, since one module may run in several", () => {
  const options = { name: "my-app", maxBytes: 1e6, durability: "relaxed", env: {}, copyTtl: "1h" };
  expect(createResultStore(misspelt(options)).serializer.type).toBe("devalue");
});

test("a transaction names the option that was meant", async () => {
  const { transaction } = createTaskWorld();
  await expect(transaction(misspelt({ isolationlevel: "SERIALIZABLE" }), () => 1)).rejects.toMatchObject({
    code: "CONFIGURATION",
    message: 'transaction has no option "isolationlevel": did you mean "isolationLevel"?',
  });
});

const createLockingStore = () => createStore({ lockManager: new MemoryLockManager() });

type StoreCall = (store: ResultStore, options: never) => Promise<unknown>;

const storeCalls: Record<string, StoreCall> = {
  read: (store, options) => store.read("k", options),
  write: (store, options) => store.write("k", 1, options),
  list: (store, options) => store.list(options),
  acquireLock: (store, options) => store.acquireLock("k", options),
  withLock: (store, options) => store.withLock("k", () => 1, options),
};

describe.each(Object.entries(storeCalls))("%s of a store", (name, call) => {
  const [written, meant] = name === "list" ? ["prefx", "prefix"] : ["hodler", "holder"];

  test("names the option that was meant, and does nothing", async () => {
    const store = createLockingStore();
    const message = `${name} has no option "${written}": did you mean "${meant}"?`;
    await expect(call(store, misspelt({ [written]: "a" }))).rejects.toThrow(new ConfigurationError(message));
    expect(await store.isLocked("k")).toBe(false);
    expect(await store.exists("k")).toBe(false);
  });

  test.each([null, "5m", 5])("refuses %j in place of options", async (options) => {
    const message = `${name} needs an object of options; got ${options}`;
    await expect(call(createLockingStore(), options as never)).rejects.toThrow(new ConfigurationError(message));
  });
});

describe("getOrCompute of a store", () => {
  test("names the option that was meant once it is a miss, and computes nothing", async () => {
    const compute = vi.fn(() => 1);
    await expect(createStore().getOrCompute("k", compute, misspelt({ expiresin: "1d" }))).rejects.toThrow(
      new ConfigurationError('getOrCompute has no option "expiresin": did you mean "expiresIn"?'),
    );
    expect(compute).not.toHaveBeenCalled();
  });

  test("takes null for no options", async () => {
    expect(await createStore().getOrCompute("k", () => 1, null as never)).toBe(1);
  });

  test("takes every option that it has", async () => {
    const options: Required<GetOrComputeOptions> = {
      expiration: undefined,
      expiresIn: "1d",
      holder: undefined,
      acquireTimeout: "1s",
      holdTimeout: "1s",
      signal: undefined,
      refresh: true,
      schema: undefined,
      onProgress: () => {},
      jitter: 0.1,
      tags: ["maps"],
      keep: true,
      errorExpiresIn: "1s",
      staleWhileRevalidate: "1h",
      staleIfError: "1h",
      softTimeout: "1s",
      computeTimeout: "1m",
      refreshAhead: 0.9,
    };
    expect(await createStore().getOrCompute("k", () => 1, options)).toBe(1);
  });
});

test("methods of a store take every option that they have", async () => {
  const store = createLockingStore();
  const lock: Required<StoreLockOptions> = {
    holder: "a",
    acquireTimeout: 0,
    holdTimeout: "1m",
    signal: undefined,
  };
  await store.acquireLock("k", lock);
  const write: Required<WriteOptions> = {
    holder: "a",
    expiration: undefined,
    expiresIn: "1d",
    ifMatch: undefined,
    ifNoneMatch: "*",
    tags: ["maps"],
    signal: undefined,
  };
  await store.withLock("k", () => store.write("k", 1, write), lock);
  const read: Required<ReadOptions> = {
    holder: "a",
    timeout: "1s",
    signal: undefined,
    allowExpired: true,
    schema: undefined,
    wait: true,
  };
  expect((await store.read("k", read))?.result).toBe(1);
  const list: Required<ListOptions> = { prefix: "k", cursor: undefined, limit: 1, allowExpired: true, scope: "local" };
  expect((await store.list(list)).records).toHaveLength(1);
});

test.each([null, "options", 5])("options that are no object, such as %j, are a typed error", (options) => {
  const { task, flow } = createTaskWorld();
  const given = options as never;
  for (const call of [
    () => task(() => 1, given),
    () => task(() => 1).withOptions(given),
    () => flow(() => 1, given),
    () => flow(() => 1).withOptions(given),
    () => createResultStore(given),
    () => createStore().withOptions(given),
    () => INPUTS.configure(given),
  ]) {
    const message = expect.stringMatching(new RegExp(`needs an object of options; got ${options}$`)) as string;
    expect(call).toThrow(expect.objectContaining({ code: "CONFIGURATION", message }));
  }
});

describe("variables of the environment", () => {
  afterEach(() => {
    useEnvironment({});
    vi.restoreAllMocks();
  });

  test("that are unknown give one warning each, with the one that was meant", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const environment = {
      REPRISE_PERSIST_BY_DEFALT: "false",
      REPRISE_TTL: "1",
      REPRISE_SECRT: "x",
      REPRISE_SECRET: "x",
      REPRISE_WITHOUT_TOKEN: "1",
      REPRISE_CHROMIUM: "/chromium",
      OTHER: "1",
    };
    for (let i = 0; i < 2; i++) {
      useEnvironment(environment);
      expect(getSettings().persistByDefault).toBe(true);
    }
    expect(warn.mock.calls).toEqual([
      ['[reprise] There is no variable REPRISE_PERSIST_BY_DEFALT: did you mean "REPRISE_PERSIST_BY_DEFAULT"?'],
      [expect.stringMatching(/^\[reprise\] There is no variable REPRISE_TTL; known are REPRISE_PERSIST_BY_DEFAULT, /)],
      ['[reprise] There is no variable REPRISE_SECRT: did you mean "REPRISE_SECRET"?'],
    ]);
  });

  test("are none where a Worker has a binding of such a name", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    useEnvironment({ REPRISE_RESULTS: { get: () => {} } });
    getSettings();
    expect(warn).not.toHaveBeenCalled();
  });
});
