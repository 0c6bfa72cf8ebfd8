import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { TabChannel } from "../../../src/browser/store/tab-channel.ts";
import { assertTarget } from "../../../src/core/record/assert-target.ts";
import { type Progress, toProgress } from "../../../src/core/concurrency/progress.ts";
import { odd } from "../../trials/hostile-texts.ts";
import { trial } from "../../trials/trial.ts";
import { freshName } from "../storage/indexed-db-tools.ts";

const errors: unknown[] = [];
const note = (event: ErrorEvent | PromiseRejectionEvent) => void errors.push(event.type);
beforeAll(() => {
  addEventListener("error", note);
  addEventListener("unhandledrejection", note);
});
afterAll(() => {
  removeEventListener("error", note);
  removeEventListener("unhandledrejection", note);
});

const cyclic: unknown[] = [];
cyclic.push(cyclic);
const value = fc.oneof(
  odd,
  fc.constantFrom<unknown>(
    undefined,
    5n,
    Number.NaN,
    Infinity,
    new Date(Number.NaN),
    new Blob(["x"]),
    new Map(),
    cyclic,
  ),
  fc.constantFrom<unknown>(new Error("no"), /a/, new Uint8Array(9), [undefined], Array(3), Array(1_000)),
);
const either = (...usual: readonly unknown[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: value });
const target = fc.oneof(
  either("all", { keys: ["a"] }, { prefix: "a" }, { tags: ["t"] }),
  fc.tuple(fc.constantFrom("keys", "prefix", "tags"), value).map((pair) => Object.fromEntries([pair]) as unknown),
);
const change = fc.record(
  { type: either("reprise/change"), kind: either("kept", "written", "invalidated"), target },
  { requiredKeys: ["type"] },
);
const progress = fc.record(
  { key: either("k"), progress: fc.oneof(value, fc.record({ fraction: either(0, 1), note: either("x") })) },
  { requiredKeys: ["key"] },
);
const message = fc.oneof(change, progress, value);

/** Whatever is passed on has the form that listeners count on. */
function assertHeard(kind: unknown, heard: unknown): void {
  if (!["kept", "written", "invalidated"].includes(kind as string)) throw new Error("The kind is none");
  assertTarget(heard);
  if (typeof heard === "object" && "keys" in heard) for (const key of heard.keys) assertTarget({ keys: [key] });
}

async function post(messages: readonly unknown[], onHeard = assertHeard): Promise<void> {
  const name = freshName();
  const locks = new WebLockManager({ name });
  const tab = new TabChannel(name);
  const faults: unknown[] = [];
  let isOver = false;
  tab.onChange((kind, heard) => {
    isOver ||= JSON.stringify(heard) === '{"keys":["last"]}';
    try {
      onHeard(kind, heard);
    } catch (error) {
      faults.push(error);
    }
  });
  const onProgress = (told: Progress) => void (toProgress(told) ?? faults.push(told));
  await locks.acquireLock("k", "me");
  const waiting = locks.waitForLock("k", { onProgress });
  const others = [`reprise/${name}`, `reprise/${name}/`, `reprise/${name}/progress`].map(
    (each) => new BroadcastChannel(each),
  );
  for (const other of others) for (const each of messages) other.postMessage(each);
  // messages arrive in their order
  others[0]!.postMessage({ type: "reprise/change", kind: "kept", target: { keys: ["last"] } });
  await expect.poll(() => isOver, { interval: 1 }).toBe(true);
  await locks.releaseLock("k", "me");
  await waiting;
  for (const each of [...others, tab, locks]) void each.close();
  if (faults.length > 0) throw faults[0];
  expect(errors).toEqual([]);
}

trial(
  "any message of another tab throws nothing, and only changes and progress are passed on",
  { kind: "inputs", short: 30, long: 10_000 },
  fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 5 }), (messages) => post(messages)),
);

test("a listener that breaks is noticed", async () => {
  const refuse = (): never => {
    throw new TypeError("broken");
  };
  await expect(post([], refuse)).rejects.toThrow("broken");
});
