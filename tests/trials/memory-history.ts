import * as fc from "fast-check";
import type { ChangeChannel } from "../../src/core/cache/change-channel.ts";
import { MemoryLockManager } from "../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../src/core/storages/memory-storage.ts";
import { MemoryChannel } from "../memory-world.ts";
import { createStore } from "../stores.ts";
import { tryHistory } from "./history.ts";
import type { Clients } from "./history-commands.ts";
import type { Promises } from "./history-calls.ts";

/** What the stores of a history promise each other. */
export const promised = fc.constantFrom<Promises>("linearizable", "fresh", "own");

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

/** Stand-ins for the parts of the stores, such as broken ones. */
export interface Parts {
  readonly storage?: MemoryStorage;
  readonly locks?: MemoryLockManager;
  readonly post?: ChangeChannel["post"];
}

/** Three stores over one memory. The scheduler decides in which order the steps of all calls happen. Throws if a promise is broken. */
export async function tryInMemory(
  scheduler: fc.Scheduler,
  all: Clients,
  promises: Promises,
  { storage = new MemoryStorage(), locks = new MemoryLockManager(), post }: Parts = {},
): Promise<void> {
  const pause = () => scheduler.schedule(Promise.resolve());
  const [resultStorage, lockManager] = [scheduled(storage, pause), scheduled(locks, pause)];
  const channels = new Set<MemoryChannel>();
  const stores = [0, 1, 2].map(() => {
    const channel = new MemoryChannel(channels);
    const tell = post ?? channel.post.bind(channel);
    channel.post = promises === "own" ? (...change) => void pause().then(() => tell(...change)) : tell;
    const memory = promises === "linearizable" ? { cacheResultInMemory: false } : { changes: channel };
    return createStore({ resultStorage, lockManager, onEvent: () => {}, ...memory });
  });
  const play = { stores, pause, outlast: () => tick(2), promises };
  await tryHistory(play, all, (running) => runScheduled(scheduler, running));
}

async function runScheduled(scheduler: fc.Scheduler, running: Promise<void>): Promise<void> {
  let isOver = false;
  const end = running.finally(() => (isOver = true));
  const deadline = Date.now() + 20_000;
  while (!isOver && Date.now() < deadline) await (scheduler.count() > 0 ? scheduler.waitNext(1) : tick(0));
  await end;
}

function tick(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
