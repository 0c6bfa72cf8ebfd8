import { expect, test, vi } from "vitest";
import { MemoryTaskScheduler } from "../../../src/core/deferred/memory-task-scheduler.ts";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { createTask, type Task } from "../../../src/core/tasks/task.ts";
import type { TaskOptions } from "../../../src/core/tasks/task-options.ts";
import { createTransaction } from "../../../src/core/transactions/transaction.ts";
import { getTransaction } from "../../../src/core/work/get-transaction.ts";
import { CommitMode } from "../../../src/core/work/transaction.ts";
import { createMemoryWorld } from "../../memory-world.ts";

/** A store whose events are noted, with its tasks and transactions. Two over the same records are two contexts. */
function createContext(over = createMemoryWorld()) {
  const events: StoreEvent[] = [];
  const tasks: Task<never, unknown>[] = [];
  const scheduler = new MemoryTaskScheduler({ tasks: () => tasks, firstDelay: 1, maxAttempts: 1 });
  const store = over.createStore({ onEvent: (event) => events.push(event), scheduler });
  const create = createTask(() => store);
  const task = (answer: () => unknown, options: TaskOptions<[string]> = {}) => {
    const cacheKeyFn = ({ args: [key] }: { args: readonly [string] }) => key;
    const work = create((_: string) => answer(), { name: `work ${++made}`, cacheKeyFn, ...options });
    tasks.push(work);
    return work;
  };
  const told = (type: StoreEvent["type"]) =>
    vi.waitFor(() => expect(events.map((event) => event.type)).toContain(type));
  return { over, store, events, task, told, transaction: createTransaction(() => store) };
}

let made = 0;

type Context = ReturnType<typeof createContext>;

const no = (): never => {
  throw new RangeError("no");
};
const never = () => new Promise<never>(() => {});
const fitsNothing = { "~standard": { version: 1, vendor: "test", validate: () => ({ issues: [{ message: "no" }] }) } };
const twice = async (call: () => Promise<unknown>) => Promise.allSettled([call(), call()]);

/** For each way in which calls may end: how they end, in the order of their beginnings. */
const ways: Record<string, readonly [ends: readonly string[], way: (context: Context) => Promise<unknown>]> = {
  "a miss, then a hit in memory": [
    ["computed", "memory"],
    async ({ task }) => {
      const work = task(() => 1);
      for (const _ of [1, 2]) await work("a");
    },
  ],
  "a hit in the storage": [
    ["storage"],
    async ({ over, store }) => {
      await over.createStore().write("a", 1);
      await store.getOrCompute("a", no);
    },
  ],
  "a join": [["computed", "joined"], async ({ store }) => twice(async () => store.getOrCompute("a", async () => 1))],
  "a join of a call that fails": [
    ["RangeError", "RangeError"],
    async ({ store }) => twice(async () => store.getOrCompute("a", async () => no())),
  ],
  "a stale hit whose refresh fails": [
    ["computed", "memory stale"],
    async ({ store, told }) => {
      const options = { expiresIn: 1, staleWhileRevalidate: "1h" } as const;
      await store.getOrCompute("a", () => 1, options);
      await vi.waitFor(async () => expect(await store.exists("a")).toBe(false));
      await store.getOrCompute("a", no, options);
      await told("refresh-error");
    },
  ],
  "an error that is kept": [
    ["RangeError", "RangeError"],
    async ({ store }) => {
      const fail = async () => store.getOrCompute("a", no, { errorExpiresIn: "1h" }).catch(() => {});
      for (const _ of [1, 2]) await fail();
    },
  ],
  "a lock that is not free in time": [
    ["LockTimeoutError"],
    async ({ store }) => {
      await store.acquireLock("a");
      await store.getOrCompute("a", () => 1, { acquireTimeout: 1 });
    },
  ],
  "a function that takes too long": [
    ["ComputeTimeoutError"],
    async ({ task }) => task(never, { computeTimeout: 1 })("a"),
  ],
  "an abort": [
    ["AbortError"],
    async ({ store, told }) => {
      const controller = new AbortController();
      const untilAborted = async ({ signal }: { signal: AbortSignal }) => {
        void told("compute-start").then(() => controller.abort());
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      };
      await store.getOrCompute("a", untilAborted, { signal: controller.signal }).catch(() => {});
      await told("compute-error");
    },
  ],
  "a deferred call": [["computed"], async ({ task }) => (await task(() => 1).defer(["a"])).result()],
  "a deferred call that fails": [["RangeError"], async ({ task }) => (await task(no).defer(["a"])).result()],

  "in a transaction, a miss and a call whose result it knows": [
    ["computed", "joined"],
    async ({ task, transaction }) => {
      const work = task(() => 1);
      await transaction({}, async (txn) => [await work("a"), await txn.run(work, "a")]);
    },
  ],
  "in a transaction, a hit in memory": [
    ["computed", "memory"],
    async ({ task, transaction }) => {
      const work = task(() => 1);
      await work("a");
      await transaction({}, async () => work("a"));
    },
  ],
  "in a transaction, a hit in the storage": [
    ["storage"],
    async ({ over, task, transaction }) => {
      await createContext(over).task(() => 1)("a");
      await transaction({}, async () => task(no)("a"));
    },
  ],
  "in a transaction, a join": [
    ["computed", "joined"],
    async ({ task, transaction }) => {
      const work = task(async () => 1);
      await transaction({}, async () => twice(async () => work("a")));
    },
  ],
  "in a transaction, a join of a call that fails": [
    ["RangeError", "RangeError"],
    async ({ task, transaction }) => {
      const work = task(async () => no());
      await transaction({}, async () => twice(async () => work("a")));
    },
  ],
  "in a transaction, a function that takes too long": [
    ["ComputeTimeoutError"],
    async ({ task, transaction }) => transaction({}, async () => task(never, { computeTimeout: 1 })("a")),
  ],
  "in a transaction, a result that doesn't fit the schema": [
    ["SchemaMismatchError"],
    async ({ task, transaction }) => transaction({}, async () => task(() => 1, { schema: fitsNothing as never })("a")),
  ],
  "in a transaction, an isolation level that the store can't provide": [
    ["ConfigurationError"],
    async ({ store: locking, task, transaction }) => {
      const store = locking.withOptions({ lockManager: undefined });
      await transaction({ isolationLevel: "SERIALIZABLE" }, async () => task(() => 1, { store })("a"));
    },
  ],
  "in a transaction that is rolled back": [
    ["computed"],
    async ({ task, transaction }) => {
      const rollBack = async () => (await getTransaction()!.parent!.rollback(), 1);
      await transaction({}, async () => task(rollBack)("a"));
    },
  ],
  "in an eager transaction": [
    ["computed", "memory", "RangeError"],
    async ({ task, transaction }) =>
      transaction({ commitMode: CommitMode.EAGER }, async (txn) => {
        const work = task(() => 1);
        for (const _ of [1, 2]) await txn.run(work, "a");
        await txn.run(task(no), "b");
      }),
  ],
};

test.each(Object.entries(ways))("each call ends with one event: %s", async (_, [ends, way]) => {
  const context = createContext();
  await way(context).catch(() => {});
  const calls = Map.groupBy(context.events, (event) => ("call" in event ? event.call : undefined));
  calls.delete(undefined);
  const endsOf = (events: readonly StoreEvent[]) =>
    events.flatMap((event) => {
      if (event.type === "done") return `${event.source}${event.isStale ? " stale" : ""}`;
      return event.type === "call-error" ? (event.error as Error).name : [];
    });
  expect([...calls.values()].flatMap(endsOf)).toEqual(ends);
  for (const events of calls.values()) {
    expect(endsOf(events)).toHaveLength(1);
    const count = (...types: StoreEvent["type"][]) => events.filter(({ type }) => types.includes(type)).length;
    expect(count("compute-start")).toBe(count("compute-end", "compute-error"));
    if (events.length > 1) expect(count("call-start")).toBe(1);
  }
});
