import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { DurableObjectLocks } from "../../../src/edge/durable-objects/durable-object-locks.ts";
import type { LockNamespaceBinding } from "../../../src/edge/bindings/lock-namespace.ts";

/** The real namespace, whose first answers are lost on the way back. */
function losing(losses: number, trouble: object): { namespace: LockNamespaceBinding; calls: () => number } {
  let calls = 0;
  const lose = async <T>(answer: Promise<T>): Promise<T> => {
    const kept = await answer;
    if (++calls <= losses) throw Object.assign(new Error("the platform's own words"), trouble);
    return kept;
  };
  const getByName = (name: string): ReturnType<LockNamespaceBinding["getByName"]> => {
    const lock = env.RESULT_LOCKS.getByName(name);
    return {
      acquire: (...args) => lose(lock.acquire(...args)),
      renew: (...args) => lose(lock.renew(...args)),
      release: (...args) => lose(lock.release(...args)),
      endComputation: () => lose(lock.endComputation()),
      inspect: (...args) => lose(lock.inspect(...args)),
      wait: (...args) => lose(lock.wait(...args)),
    };
  };
  return { namespace: { getByName }, calls: () => calls };
}

const request = { holder: "a", holdTimeout: 30_000, wait: 0, comesBack: false };
const newKey = () => `locks/${crypto.randomUUID()}`;

test.each([{ retryable: true }, { durableObjectReset: true }])(
  "trouble marked %o is repeated, and a lost answer costs nothing",
  async (trouble) => {
    const key = newKey();
    const { namespace, calls } = losing(2, trouble);
    expect(await new DurableObjectLocks(namespace).acquire(key, request)).toMatchObject({ isConfirmed: true });
    expect(calls()).toBe(3);
    expect(await new DurableObjectLocks(losing(1, trouble).namespace).release(key, "a")).toBe(true);
  },
);

test.each([
  { retryable: true, overloaded: true },
  { durableObjectReset: true, overloaded: true },
  { overloaded: true },
  {},
])("trouble marked %o is not repeated", async (trouble) => {
  const { namespace, calls } = losing(1, trouble);
  await expect(new DurableObjectLocks(namespace).inspect(newKey())).rejects.toMatchObject({
    code: "STORAGE",
    cause: { message: "the platform's own words" },
  });
  expect(calls()).toBe(1);
});

test("an object that stays away is out of reach", async () => {
  const { namespace } = losing(Infinity, { retryable: true });
  const refused = new DurableObjectLocks(namespace).inspect(newKey());
  await expect(refused).rejects.toMatchObject({ code: "STORAGE_UNREACHABLE" });
});

test("keys of up to 1,024 bytes of any Unicode have a lock each", async () => {
  const locks = new DurableObjectLocks(env.RESULT_LOCKS);
  for (const key of ["\u0000", "../..", "😀".repeat(256), "a/b?c#d%", "é", "e\u0301"]) {
    expect(await locks.acquire(key, request), key).toBeDefined();
  }
  await expect(locks.inspect("a".repeat(1_025))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});
