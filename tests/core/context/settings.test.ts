import { getDefaultResultSerializer } from "../../../src/core/context/default-serializer.ts";
import type { PartialSettings } from "../../../src/core/context/settings.ts";
import { afterEach, describe, expect, test } from "vitest";
import { NullStorage } from "../../../src/core/storages/null-storage.ts";
import { currentScope, runInScope } from "../../../src/core/context/scope.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import {
  configure,
  getDefaultPersistSetting,
  getDefaultPersistSettingForTasks,
  getSettings,
  useEnvironment,
  withSettings,
} from "../../../src/core/context/configure.ts";
import { ConfigurationError } from "../../../src/errors/index.ts";
import { createTaskWorld, keysOf } from "../tasks/task-world.ts";

const builtIn = {
  persistByDefault: true,
  defaultSerializer: "devalue",
  defaultStorage: undefined,
  tasks: { defaultPersistResult: undefined, schedulingStorage: undefined },
};

const undo: (() => void)[] = [];

function configureHere(settings: PartialSettings): () => void {
  const takeBack = configure(settings);
  undo.push(takeBack);
  return takeBack;
}

/** Sets variables where Node, Bun and some Workers have them, and has them read again. */
function setVariables(variables: Readonly<Record<string, string>>): void {
  const host = globalThis as { process?: { env?: Record<string, string> } };
  const process = (host.process ??= {});
  const env = (process.env ??= {});
  Object.assign(env, variables);
  useEnvironment({});
  undo.push(() => {
    for (const name of Object.keys(variables)) delete env[name];
    useEnvironment({});
  });
}

function setWorkerVariables(variables: Readonly<Record<string, unknown>>): void {
  useEnvironment(variables);
  undo.push(() => useEnvironment({}));
}

afterEach(() => {
  while (undo.length > 0) undo.pop()!();
  expect(getSettings()).toEqual(builtIn);
});

describe("getSettings", () => {
  test("results are kept, by devalue, in the runtime's own storage at first", () => {
    expect(getSettings()).toEqual(builtIn);
  });

  test("gives the same object until something changes", () => {
    const before = getSettings();
    expect(getSettings()).toBe(before);
    configureHere({ defaultSerializer: "json" });
    expect(getSettings()).not.toBe(before);
    expect(getSettings()).toBe(getSettings());
    withSettings({}, () => expect(getSettings()).toBe(getSettings()));
  });

  test("gives what nobody can change", () => {
    const assign = (settings: object) => Object.assign(settings, { persistByDefault: false, schedulingStorage: "a/b" });
    for (const settings of [getSettings(), withSettings({ tasks: {} }, getSettings)]) {
      expect(() => assign(settings)).toThrow(TypeError);
      expect(() => assign(settings.tasks)).toThrow(TypeError);
    }
  });
});

describe("configure", () => {
  test("lays settings over those before, those of tasks one by one", () => {
    configureHere({ persistByDefault: false, tasks: { schedulingStorage: "memory/jobs" } });
    configureHere({ defaultStorage: "memory/maps", tasks: { defaultPersistResult: true } });
    expect(getSettings()).toEqual({
      persistByDefault: false,
      defaultSerializer: "devalue",
      defaultStorage: "memory/maps",
      tasks: { defaultPersistResult: true, schedulingStorage: "memory/jobs" },
    });
  });

  test("leaves alone what is undefined", () => {
    configureHere({ persistByDefault: false, tasks: { defaultPersistResult: false } });
    configureHere({ persistByDefault: undefined, tasks: { defaultPersistResult: undefined } });
    configureHere({ tasks: undefined });
    expect(getSettings()).toEqual({
      ...builtIn,
      persistByDefault: false,
      tasks: { ...builtIn.tasks, defaultPersistResult: false },
    });
  });

  test("is taken back on its own, whatever came after", () => {
    const takeBack = configureHere({ defaultSerializer: "json", persistByDefault: false });
    configureHere({ defaultSerializer: "compressed/json" });
    takeBack();
    takeBack();
    expect(getSettings()).toEqual({ ...builtIn, defaultSerializer: "compressed/json" });
  });

  test("does not see what its argument becomes later", () => {
    const settings = { persistByDefault: false, tasks: { defaultPersistResult: false } };
    configureHere(settings);
    settings.persistByDefault = true;
    settings.tasks.defaultPersistResult = true;
    configureHere({});
    expect(getSettings()).toMatchObject({ persistByDefault: false, tasks: { defaultPersistResult: false } });
  });
});

const known =
  "persistByDefault, defaultSerializer, defaultStorage, tasks.defaultPersistResult, tasks.schedulingStorage, " +
  "tasks.refreshCache, tasks.defaultNoCache, tasks.disableCaching, tasks.staleWhileRevalidate, tasks.staleIfError, " +
  "tasks.softTimeout, tasks.computeTimeout, tasks.refreshAhead, tasks.jitter, tasks.errorExpiresIn";

describe.each([
  ["configure", configure],
  ["withSettings", (settings: PartialSettings) => withSettings(settings, () => expect.unreachable())],
])("%s refuses", (_, lay) => {
  test.for([
    [{ persist: true }, `There is no setting "persist"; known are ${known}`],
    [
      { tasks: { persistByDefault: true } },
      'There is no setting "tasks.persistByDefault": did you mean "persistByDefault"?',
    ],
    [{ persistByDefalt: true }, 'There is no setting "persistByDefalt": did you mean "persistByDefault"?'],
    [{ "tasks.schedulingStorage": "a/b" }, `There is no setting "tasks.schedulingStorage"; known are ${known}`],
    [{ constructor: "a" }, `There is no setting "constructor"; known are ${known}`],
    [{ persistByDefault: "true" }, "The setting persistByDefault has to be true or false; got string"],
    [{ persistByDefault: null }, "The setting persistByDefault has to be true or false; got null"],
    [{ defaultSerializer: {} }, "The setting defaultSerializer has to be a serializer or its name; got object"],
    [{ defaultSerializer: null }, "The setting defaultSerializer has to be a serializer or its name; got null"],
    [
      { defaultStorage: new NullStorage() },
      "The setting defaultStorage has to be the registered name of a storage; got object",
    ],
    [
      { tasks: { defaultPersistResult: 1 } },
      "The setting tasks.defaultPersistResult has to be true or false; got number",
    ],
    [
      { tasks: { schedulingStorage: false } },
      "The setting tasks.schedulingStorage has to be the registered name of a storage; got boolean",
    ],
    [{ tasks: { staleIfEror: 1 } }, 'There is no setting "tasks.staleIfEror": did you mean "tasks.staleIfError"?'],
    [
      { tasks: { refreshAhead: 2 } },
      "The settings of tasks are invalid: refreshAhead has to be a share between 0 and 1; got 2",
    ],
    [
      { tasks: { softTimeout: 2, computeTimeout: 1 } },
      "The settings of tasks are invalid: softTimeout (2 ms) can't be longer than computeTimeout (1 ms)",
    ],
    [
      { tasks: { errorExpiresIn: null } },
      'The settings of tasks are invalid: errorExpiresIn has to be milliseconds or a string such as "5m", and not negative; got null',
    ],
    [{ staleIfError: 1 }, `There is no setting "staleIfError"; known are ${known}`],
    [{ tasks: true }, "The setting tasks has to be an object; got boolean"],
    [{ tasks: null }, "The setting tasks has to be an object; got null"],
    [undefined, "Settings have to be an object; got undefined"],
    ["json", "Settings have to be an object; got string"],
  ] as const)("%j, and nothing changes", ([settings, message]) => {
    const before = getSettings();
    const both = typeof settings === "object" ? { defaultSerializer: "json", ...settings } : settings;
    expect(() => lay(both as never)).toThrow(new ConfigurationError(message));
    expect(getSettings()).toBe(before);
  });
});

describe("withSettings", () => {
  test("lays settings over those around, and gives what the function gives", async () => {
    configureHere({ persistByDefault: false });
    const seen = withSettings({ defaultSerializer: "json", tasks: { schedulingStorage: "memory/jobs" } }, () =>
      withSettings({ defaultStorage: "memory/maps", tasks: { defaultPersistResult: true } }, getSettings),
    );
    expect(seen).toEqual({
      persistByDefault: false,
      defaultSerializer: "json",
      defaultStorage: "memory/maps",
      tasks: { defaultPersistResult: true, schedulingStorage: "memory/jobs" },
    });
    expect(await withSettings({}, async () => "value")).toBe("value");
  });

  test("is over when the function ends, be it by an error", () => {
    const fail = () => {
      throw new Error("no");
    };
    expect(() => withSettings({ persistByDefault: false }, fail)).toThrow("no");
    expect(getSettings()).toEqual(builtIn);
  });

  test("goes before what is configured, whichever came first", () => {
    configureHere({ defaultSerializer: "json" });
    withSettings({ defaultSerializer: "compressed/json" }, () => {
      configureHere({ defaultSerializer: "devalue" });
      expect(getSettings().defaultSerializer).toBe("compressed/json");
    });
    expect(getSettings().defaultSerializer).toBe("devalue");
  });

  test("keeps the rest of the scope", () => {
    const scope = { ...currentScope(), run: {} as never };
    runInScope(scope, () => withSettings({}, () => expect(currentScope().run).toBe(scope.run)));
  });

  test("holds in a flow for its tasks, and for what is called through its run after an await", async () => {
    const { flow, task, store, storage } = createTaskWorld();
    const square = task((x: number) => x * x, { name: "square", version: "1" });
    const squares = flow(async () => square(2));
    await withSettings({ persistByDefault: false }, squares);
    expect(await keysOf(storage)).toEqual([]);
    await withSettings({ defaultSerializer: "json" }, squares);
    const { serializer } = (await store.read((await square.cacheKey([2])) ?? ""))!.metadata;
    expect(serializer).toEqual({ type: "json" });
  });

  test("does not reach those who run at the same time", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const inside = withSettings({ defaultSerializer: "json" }, async () => {
      const { defaultSerializer } = getSettings();
      await promise;
      return defaultSerializer;
    });
    expect(getSettings().defaultSerializer).toBe("devalue");
    resolve();
    expect(await inside).toBe("json");
  });
});

describe("the environment", () => {
  const variables = {
    REPRISE_PERSIST_BY_DEFAULT: "false",
    REPRISE_DEFAULT_SERIALIZER: "json",
    REPRISE_DEFAULT_STORAGE: "memory/maps",
    REPRISE_TASKS_DEFAULT_PERSIST_RESULT: "true",
    REPRISE_TASKS_SCHEDULING_STORAGE: "memory/jobs",
    REPRISE_TASKS_REFRESH_CACHE: "1",
    REPRISE_TASKS_DEFAULT_NO_CACHE: "true",
    REPRISE_TASKS_DISABLE_CACHING: "false",
    REPRISE_TASKS_STALE_WHILE_REVALIDATE: "1h",
    REPRISE_TASKS_STALE_IF_ERROR: "2d",
    REPRISE_TASKS_SOFT_TIMEOUT: "500",
    REPRISE_TASKS_COMPUTE_TIMEOUT: "30s",
    REPRISE_TASKS_REFRESH_AHEAD: "0.8",
    REPRISE_TASKS_JITTER: "0.1",
    REPRISE_TASKS_ERROR_EXPIRES_IN: "10s",
  };
  const meant = {
    persistByDefault: false,
    defaultSerializer: "json",
    defaultStorage: "memory/maps",
    tasks: {
      defaultPersistResult: true,
      schedulingStorage: "memory/jobs",
      refreshCache: true,
      defaultNoCache: true,
      disableCaching: false,
      staleWhileRevalidate: "1h",
      staleIfError: "2d",
      softTimeout: 500,
      computeTimeout: "30s",
      refreshAhead: 0.8,
      jitter: 0.1,
      errorExpiresIn: "10s",
    },
  };

  test("of a process has a variable for each setting", () => {
    setVariables(variables);
    expect(getSettings()).toEqual(meant);
  });

  test("of a Worker has a variable for each setting", () => {
    setWorkerVariables(variables);
    expect(getSettings()).toEqual(meant);
  });

  test("of a Worker goes before that of the process, variable by variable", () => {
    setVariables({ REPRISE_DEFAULT_SERIALIZER: "json", REPRISE_DEFAULT_STORAGE: "memory/maps" });
    setWorkerVariables({ REPRISE_DEFAULT_SERIALIZER: "compressed/json" });
    expect(getSettings()).toMatchObject({ defaultSerializer: "compressed/json", defaultStorage: "memory/maps" });
  });

  test("goes behind what is configured, and that behind withSettings", () => {
    setVariables(variables);
    configureHere({ persistByDefault: true, defaultSerializer: "compressed/json" });
    const inside = withSettings({ defaultSerializer: "devalue" }, getSettings);
    expect(inside).toEqual({ ...meant, persistByDefault: true, defaultSerializer: "devalue" });
  });

  test.for([
    ["true", true],
    ["TRUE", true],
    ["1", true],
    ["false", false],
    ["False", false],
    ["0", false],
    ["", undefined],
    [true, true],
    [false, false],
    [1, true],
    [0, false],
    [undefined, undefined],
    [null, undefined],
  ] as const)("says %j for %j", ([value, expected]) => {
    setWorkerVariables({ REPRISE_TASKS_DEFAULT_PERSIST_RESULT: value });
    expect(getSettings().tasks.defaultPersistResult).toBe(expected);
  });

  test.for([
    ["REPRISE_PERSIST_BY_DEFAULT", "yes", 'has to be true or false, or 1 or 0; got "yes"'],
    ["REPRISE_PERSIST_BY_DEFAULT", " true", 'has to be true or false, or 1 or 0; got " true"'],
    ["REPRISE_TASKS_DEFAULT_PERSIST_RESULT", 2, 'has to be true or false, or 1 or 0; got "2"'],
    ["REPRISE_DEFAULT_STORAGE", { put: () => 1 }, "has to be a string; got object"],
    ["REPRISE_DEFAULT_SERIALIZER", ["json"], "has to be a string; got object"],
  ] as const)("%s = %j is an error that names the variable, each time until it is mended", ([name, value, message]) => {
    const environment: Record<string, unknown> = { [name]: value };
    setWorkerVariables(environment);
    expect(getSettings).toThrow(new ConfigurationError(`${name} ${message}`));
    expect(getSettings).toThrow(ConfigurationError);
    delete environment[name];
    expect(getSettings()).toEqual(builtIn);
  });

  test.for([
    [{ REPRISE_TASKS_STALE_IF_ERROR: "soon" }, /^REPRISE_TASKS_STALE_IF_ERROR: staleIfError has to be milliseconds/],
    [{ REPRISE_TASKS_REFRESH_AHEAD: 2 }, /^REPRISE_TASKS_REFRESH_AHEAD: refreshAhead has to be a share/],
    [
      { REPRISE_TASKS_SOFT_TIMEOUT: "2s", REPRISE_TASKS_COMPUTE_TIMEOUT: "1s" },
      /^REPRISE_TASKS_COMPUTE_TIMEOUT: softTimeout \(2000 ms\) can't be longer/,
    ],
  ] as const)("%j is an error too", ([environment, message]) => {
    setWorkerVariables(environment);
    expect(getSettings).toThrow(ConfigurationError);
    expect(getSettings).toThrow(message);
  });

  test("is read at first use, not when the module is loaded, and then no more", async () => {
    setVariables({ REPRISE_DEFAULT_SERIALIZER: "json", REPRISE_PERSIST_BY_DEFAULT: "no" });
    const module = "../../../src/core/context/configure.ts?afresh";
    const afresh = (await import(/* @vite-ignore */ module)) as { getSettings: typeof getSettings };
    setVariables({ REPRISE_PERSIST_BY_DEFAULT: "0" });
    const settings = afresh.getSettings();
    expect(settings).toMatchObject({ persistByDefault: false, defaultSerializer: "json" });
    setVariables({ REPRISE_DEFAULT_SERIALIZER: "devalue" });
    expect(afresh.getSettings()).toBe(settings);
  });
});

test("of two timeouts that exclude each other, the nearer one counts", () => {
  configureHere({ tasks: { softTimeout: "5s", staleIfError: "1h" } });
  const inside = withSettings({ tasks: { computeTimeout: "1s" } }, getSettings);
  expect(inside.tasks).toEqual({ ...builtIn.tasks, computeTimeout: "1s", staleIfError: "1h" });
});

describe("defaults", () => {
  test("results of tasks are kept as their own setting says, else as the general one does", () => {
    const ask = () => [getDefaultPersistSetting(), getDefaultPersistSettingForTasks()];
    expect(ask()).toEqual([true, true]);
    expect(withSettings({ persistByDefault: false }, ask)).toEqual([false, false]);
    expect(withSettings({ persistByDefault: false, tasks: { defaultPersistResult: true } }, ask)).toEqual([
      false,
      true,
    ]);
    expect(withSettings({ tasks: { defaultPersistResult: false } }, ask)).toEqual([true, false]);
  });

  test("the serializer is the one that is set, by itself or by its name", () => {
    const serializer = new JsonSerializer();
    expect(getDefaultResultSerializer().type).toBe("devalue");
    expect(withSettings({ defaultSerializer: serializer }, getDefaultResultSerializer)).toBe(serializer);
    expect(withSettings({ defaultSerializer: "compressed/json" }, getDefaultResultSerializer).type).toBe(
      "compressed/json",
    );
  });

  test("the name of a serializer is looked up where it is used: an unknown one is an error that lists the known", () => {
    const ask = () => withSettings({ defaultSerializer: "pickle" }, getDefaultResultSerializer);
    expect(ask).toThrow(ConfigurationError);
    expect(ask).toThrow(/"pickle".*"devalue", "json"/);
  });
});
