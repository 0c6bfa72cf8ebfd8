import { expect, test } from "vitest";
import { MemoryTaskScheduler } from "../../../src/core/deferred/memory-task-scheduler.ts";
import { readParameters } from "../../../src/core/deferred/parameters.ts";
import { INPUTS, NO_CACHE, TASK_SOURCE } from "../../../src/core/keys/cache-policy.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { subscribe } from "../../../src/core/watching/subscribe.ts";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { createStore } from "../../stores.ts";
import { createTaskWorld } from "../tasks/task-world.ts";

const world = createTaskWorld();
const run = () => 1;
const none = undefined as never;
const storage = { type: "mine", capabilities: {}, read: run, write: run, delete: run } as unknown as ResultStorage;

test.each<[mistake: string, make: () => unknown, fix: string]>([
  [
    "a lock of a store without locks",
    () => createStore().acquireLock("k"),
    "pass one, such as new MemoryLockManager()",
  ],
  [
    "the release of a lock that another caller holds",
    () => new MemoryLockManager().releaseLock("maps/oslo", "me"),
    'me does not hold the lock on "maps/oslo"',
  ],
  [
    "a list of a storage without one",
    () => createStore({ resultStorage: storage }).list(),
    'The storage "mine" can\'t list its records: it has no method list',
  ],
  [
    "a task with options for a store",
    () => world.task(run, { store: { name: "maps" } as never }),
    "store has to be a ResultStore, such as createResultStore() returns",
  ],
  [
    "a task with the name of a store's option",
    () => world.task(run, { expiresIn: "1h" } as never),
    'task has no option "expiresIn": a task calls it cacheExpiration',
  ],
  [
    "a flow with options for a store",
    () => world.flow(run, { store: { name: "maps" } as never }),
    "store has to be a ResultStore, such as createResultStore() returns",
  ],
  [
    "a transaction with options for a store",
    () => world.transaction({ store: { name: "maps" } as never }, run),
    "store has to be a ResultStore, such as createResultStore() returns",
  ],
  [
    "a subscription without a store",
    () => subscribe(none, "all", run),
    "subscribe needs a ResultStore as its first argument; got undefined",
  ],
  [
    "arguments with one name",
    () => world.task(run, { parameters: ["city", "city"] }),
    'such as ["city", "minutes"], each different and no number',
  ],
  ["a key function that is none", () => world.task(run, { cacheKeyFn: "k" as never }), "a function; got string"],
  [
    "two policies that disagree",
    () => {
      const own = () => ({ lockManager: new MemoryLockManager() });
      return INPUTS.configure(own()).plus(TASK_SOURCE.configure(own()));
    },
    "configure their sum, one.plus(other).configure({ … })",
  ],
  [
    "work that nobody can be given",
    () => world.task(run, { name: "one" }).defer([]),
    "give createResultStore a remote, whose Worker registers the task, or new MemoryTaskScheduler({ tasks })",
  ],
  [
    "deferred work without a place for its result",
    () => {
      const scheduler = new MemoryTaskScheduler({ tasks: [] });
      return world.task(run, { cachePolicy: NO_CACHE, store: createStore({ scheduler }) }).defer([]);
    },
    "Give the task a cachePolicy or cacheKeyFn",
  ],
  [
    "functions for tasks",
    () => new MemoryTaskScheduler({ tasks: [run as never] }),
    "tasks has to be an array of tasks, as task(fn, options) makes them",
  ],
  [
    "parameters that nobody stored",
    () => readParameters(createStore(), "x"),
    'storeParameters(store, "x", parameters)',
  ],
  [
    "a value that a transaction doesn't have",
    () => world.transaction({}, (transaction) => transaction.get("rows")),
    'call set("rows", value) first, or pass get a fallback',
  ],
  [
    "no address",
    () => new HttpStorage(none),
    'Pass an object with a url, such as { url: "https://results.example.com" }',
  ],
])("the error for %s names the fix", async (_mistake, make, fix) => {
  await expect((async () => make())()).rejects.toThrow(fix);
});
