import * as fc from "fast-check";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { MemoryChannel } from "../../memory-world.ts";
import { createStore } from "../../stores.ts";
import { clients, type Clients, History } from "../../trials/history.ts";
import type { Promises } from "../../trials/history-checks.ts";
import { trial } from "../../trials/trial.ts";

const variant = fc.constantFrom<Promises>("linearizable", "fresh", "own");

/** Each call of a part waits for the scheduler, before and after. */
function scheduled<Part extends object>(part: Part, pause: () => Promise<unknown>): Part {
  return new Proxy(part, {
    get(target, name) {
      const member: unknown = target[name as keyof Part];
      if (typeof member !== "function") return member;
      const method = member.bind(target) as (...args: unknown[]) => unknown;
      if (!asyncMethods.has(name)) return method;
      return async (...args: unknown[]) => {
        await pause();
        const result = await method(...args);
        await pause();
        return result;
      };
    },
  });
}

const asyncMethods = new Set<string | symbol>([
  "read", "write", "begin", "invalidate", "delete", "deleteMany", "clear",
  "acquireLock", "releaseLock", "isLocked", "waitForLock",
]); // prettier-ignore

interface Parts {
  readonly storage?: (storage: MemoryStorage) => MemoryStorage;
  readonly locks?: (locks: MemoryLockManager) => MemoryLockManager;
}

async function play(scheduler: fc.Scheduler, all: Clients, promises: Promises, parts: Parts = {}): Promise<History> {
  const pause = () => scheduler.schedule(Promise.resolve());
  const [storage, locks] = [new MemoryStorage(), new MemoryLockManager()];
  const resultStorage = scheduled(parts.storage?.(storage) ?? storage, pause);
  const lockManager = scheduled(parts.locks?.(locks) ?? locks, pause);
  const channels = new Set<MemoryChannel>();
  const stores = [0, 1, 2].map(() => {
    const channel = new MemoryChannel(channels);
    const post = channel.post.bind(channel);
    if (promises === "own") channel.post = (...change) => void pause().then(() => post(...change));
    const memory = promises === "linearizable" ? { cacheResultInMemory: false } : { changes: channel };
    return createStore({ resultStorage, lockManager, onEvent: () => {}, ...memory });
  });
  const outlast = () => new Promise((resolve) => setTimeout(resolve, 2));
  const history = new History({ stores, pause, outlast, promises });
  let isOver = false;
  const running = history.run(all).finally(() => (isOver = true));
  const deadline = Date.now() + 10_000;
  while (!isOver) {
    if (scheduler.count() > 0) await scheduler.waitNext(1);
    else await new Promise((resolve) => setTimeout(resolve, 0));
    if (Date.now() > deadline) throw new Error(`a call never ends\n${history.story}`);
  }
  await running;
  return history;
}

trial(
  "some order explains all calls under locks and in transactions, and nothing is served that was gone before",
  { kind: "histories", short: 300, long: 10_000 },
  fc.asyncProperty(fc.scheduler(), clients, variant, async (scheduler, all, promises) => {
    const history = await play(scheduler, all, promises);
    const faults = history.check();
    if (faults.length > 0) throw new Error(`${faults.join("\n")}\n${history.story}`);
  }),
);
