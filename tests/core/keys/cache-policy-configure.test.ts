import { describe, expect, test } from "vitest";
import {
  type CacheKey,
  type CacheKeyContext,
  CachePolicy,
  type CachePolicyConfiguration,
  DEFAULT_POLICY,
  FLOW_PARAMETERS,
  INPUTS,
  NO_CACHE,
  RUN_ID,
  TASK_SOURCE,
} from "../../../src/core/keys/cache-policy.ts";
import { IsolationLevel } from "../../../src/core/locks/isolation-level.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { describeCall } from "../../../src/core/tasks/task-inputs.ts";
import { ConfigurationError } from "../../../src/errors/index.ts";
import { createTaskWorld } from "../tasks/task-world.ts";

const { READ_COMMITTED, SERIALIZABLE } = IsolationLevel;
const keyStorage = new MemoryStorage();
const lockManager = new MemoryLockManager();
const all: CachePolicyConfiguration = { keyStorage, lockManager, isolationLevel: SERIALIZABLE };
const nothing = { keyStorage: undefined, lockManager: undefined, isolationLevel: undefined };

/** What a user may write. */
class SaltedPolicy extends CachePolicy {
  readonly #salt: string;

  constructor(salt: string, configuration?: CachePolicyConfiguration) {
    super(configuration);
    this.#salt = salt;
  }

  override computeKey({ inputs }: CacheKeyContext): CacheKey {
    return `${this.#salt}:${Object.keys(inputs).join("+")}`;
  }

  override minus(name: string): SaltedPolicy {
    super.minus(name);
    return new SaltedPolicy(`${this.#salt}-${name}`);
  }
}

const salted = new SaltedPolicy("salt");
const policies = [
  ["INPUTS", INPUTS],
  ["TASK_SOURCE", TASK_SOURCE],
  ["FLOW_PARAMETERS", FLOW_PARAMETERS],
  ["RUN_ID", RUN_ID],
  ["DEFAULT_POLICY", DEFAULT_POLICY],
  ["a policy with private fields", salted],
] as const;

const flow = { id: "0123", name: "report", parameters: { year: 2026 } };

function keyOf(policy: CachePolicy, inputs: object = { x: 1, log: 2 }): CacheKey {
  return policy.computeKey(describeCall({ name: "square", fn: (x: number) => x * x }, [inputs], [], flow));
}

function configurationOf(policy: CachePolicy): CachePolicyConfiguration {
  return { keyStorage: policy.keyStorage, lockManager: policy.lockManager, isolationLevel: policy.isolationLevel };
}

describe.each(policies)("%s", (_, policy) => {
  test("is configured with nothing at first, and is not changed by configure", () => {
    policy.configure(all);
    expect(configurationOf(policy)).toEqual(nothing);
  });

  test("gives the same keys when it is configured, before and after minus", () => {
    const configured = policy.configure(all);
    expect(configured).toBeInstanceOf(CachePolicy);
    expect(keyOf(configured)).toBe(keyOf(policy));
    expect(keyOf(configured.minus("log"))).toBe(keyOf(policy.minus("log")));
    expect(keyOf(configured.plus(salted))).toBe(keyOf(policy.plus(salted)));
    expect(keyOf(salted.plus(configured))).toBe(keyOf(salted.plus(policy)));
  });

  test("keeps its configuration through minus, plus and configure", () => {
    const configured = policy.configure(all);
    const made = [
      configured,
      configured.minus("log"),
      configured.plus(salted),
      salted.plus(configured),
      configured.plus(configured),
      configured.plus(NO_CACHE),
      NO_CACHE.plus(configured),
      configured.configure({}),
      configured.configure(nothing),
    ];
    for (const each of made) expect(configurationOf(each)).toEqual(all);
  });
});

describe("configure", () => {
  test("lays over what is configured already, one by one", () => {
    const other = new MemoryStorage();
    const twice = INPUTS.configure({ keyStorage, lockManager }).configure({
      keyStorage: other,
      isolationLevel: READ_COMMITTED,
    });
    expect(configurationOf(twice)).toEqual({ keyStorage: other, lockManager, isolationLevel: READ_COMMITTED });
    const own = new SaltedPolicy("salt", { keyStorage, isolationLevel: SERIALIZABLE });
    expect(configurationOf(own)).toEqual({ ...all, lockManager: undefined });
    expect(configurationOf(own.configure({ keyStorage: other, lockManager }))).toEqual({ ...all, keyStorage: other });
  });

  test("leaves NO_CACHE as it is", () => {
    expect(NO_CACHE.configure(all)).toBe(NO_CACHE);
    expect(() => NO_CACHE.configure({ isolationLevel: "SNAPSHOT" as never })).toThrow(ConfigurationError);
  });

  test("takes names that are not registered yet: a call whose policy names none is refused", async () => {
    const policy = INPUTS.configure({ keyStorage: "memory/later" });
    expect(policy.keyStorage).toBe("memory/later");
    const { task } = createTaskWorld();
    await expect(task(() => 1, { cachePolicy: policy })()).rejects.toThrow('"memory/later"');
  });

  const noLockManager =
    "lockManager has to be an object with acquireLock and the other methods of a lock manager, such as new MemoryLockManager()";

  test.for([
    [{ isolationLevel: "SNAPSHOT" }, "Unknown isolation level SNAPSHOT; known are READ_COMMITTED, SERIALIZABLE"],
    [{ isolationLevel: null }, "Unknown isolation level null; known are READ_COMMITTED, SERIALIZABLE"],
    [{ lockManager: {} }, noLockManager],
    [{ lockManager: null }, noLockManager],
    [
      { keyStorage: { type: "memory" } },
      "A storage has to be an object with read, write and delete, or a registered name (none); got object",
    ],
    [
      { keyStorage: null },
      "A storage has to be an object with read, write and delete, or a registered name (none); got null",
    ],
    [{ lockmanager: lockManager }, 'configure has no option "lockmanager": did you mean "lockManager"?'],
    [undefined, "configure needs an object of options; got undefined"],
  ] as const)("refuses %j at once", ([configuration, message]) => {
    expect(() => INPUTS.configure(configuration as never)).toThrow(new ConfigurationError(message));
  });
});

describe("plus", () => {
  test("merges what the two are configured with", () => {
    const both = INPUTS.configure({ keyStorage, isolationLevel: SERIALIZABLE }).plus(
      TASK_SOURCE.configure({ lockManager, isolationLevel: SERIALIZABLE }),
    );
    expect(configurationOf(both)).toEqual(all);
  });

  test.for([
    ["keyStorage", new MemoryStorage()],
    ["keyStorage", "memory/keys"],
    ["lockManager", new MemoryLockManager()],
    ["isolationLevel", READ_COMMITTED],
  ] as const)("with another %s (%o) is an error that names it", ([name, value]) => {
    const one = INPUTS.configure(all);
    const other = RUN_ID.configure({ [name]: value });
    const error = new ConfigurationError(
      `The two policies are configured with different values of ${name}: configure their sum, one.plus(other).configure({ … })`,
    );
    expect(() => one.plus(other)).toThrow(error);
    expect(() => other.plus(DEFAULT_POLICY).plus(one)).toThrow(error);
    expect(() => new SaltedPolicy("salt", all).plus(other)).toThrow(error);
  });
});
