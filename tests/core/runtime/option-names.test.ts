import { afterEach, describe, expect, test, vi } from "vitest";
import { getSettings, useEnvironment } from "../../../src/core/context/configure.ts";
import { INPUTS } from "../../../src/core/keys/cache-policy.ts";
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
    "createResultStore",
    () => createResultStore(misspelt({ onevent: 1 })),
    'createResultStore has no option "onevent": did you mean "onEvent"?',
  ],
  [
    "createResultStore, of one that moved",
    () => createResultStore(misspelt({ metadataStorage: 1 })),
    'createResultStore has no option "metadataStorage". Compose the storage: resultStorage: new SplitStorage({ metadata, results })',
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

test.each([null, "options", 5])("options that are no object, such as %j, are a typed error", (options) => {
  const { task, flow } = createTaskWorld();
  for (const call of [
    () => task(() => 1, options as never),
    () => flow(() => 1, options as never),
    () => createResultStore(options as never),
  ]) {
    expect(call).toThrow(expect.objectContaining({ code: "CONFIGURATION" }));
  }
});

describe("variables of the environment", () => {
  afterEach(() => {
    useEnvironment({});
    vi.restoreAllMocks();
  });

  test("that are unknown give one warning each, with the one that was meant", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const environment = { REPRISE_PERSIST_BY_DEFALT: "false", REPRISE_TTL: "1", REPRISE_SECRET: "x", OTHER: "1" };
    for (let i = 0; i < 2; i++) {
      useEnvironment(environment);
      expect(getSettings().persistByDefault).toBe(true);
    }
    expect(warn.mock.calls).toEqual([
      ['[reprise] There is no variable REPRISE_PERSIST_BY_DEFALT: did you mean "REPRISE_PERSIST_BY_DEFAULT"?'],
      [expect.stringMatching(/^\[reprise\] There is no variable REPRISE_TTL; known are REPRISE_PERSIST_BY_DEFAULT, /)],
    ]);
  });
});
