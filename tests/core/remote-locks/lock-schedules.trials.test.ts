import * as fc from "fast-check";
import { afterEach, beforeEach, vi } from "vitest";
import { RemoteLockManager } from "../../../src/core/remote-locks/remote-lock-manager.ts";
import type { LockService } from "../../../src/core/remote-locks/lock-service.ts";
import { KeyLock } from "../../../workers/locks/key-lock.ts";
import { pass } from "../../trials/fake-time.ts";
import type { LockWorld } from "../../trials/lock-world.ts";
import { lockCommands, runSchedule } from "../../trials/lock-schedule.ts";
import { trial } from "../../trials/trial.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The logic of the Durable Object with a clock that the schedule moves, and two clients. */
class ServiceWorld implements LockWorld {
  readonly key = "key";
  readonly slack = 300;
  readonly managers: RemoteLockManager[];
  readonly #lock = new KeyLock({ row: undefined, save: () => {}, now: () => Date.now() });
  #losses = 0;

  constructor() {
    this.managers = [this.#connect(), this.#connect()];
  }

  sleep(duration: number): Promise<void> {
    return pass(duration, 10);
  }

  jump(by: number): void {
    vi.setSystemTime(Date.now() + by);
  }

  loseAnswer(): void {
    this.#losses++;
  }

  #connect(): RemoteLockManager {
    const lock = this.#lock;
    const answer = async <T>(call: Promise<T> | T): Promise<T> => {
      const result = await call;
      if (this.#losses === 0) return result;
      this.#losses--;
      throw new Error("the answer was lost");
    };
    const service: LockService = {
      acquire: (_, request) => answer(lock.acquire(request)),
      renew: (_, holder, time) => answer(lock.renew(holder, time)),
      release: (_, holder, options) => answer(lock.release(holder, options)),
      inspect: (_, holder) => answer(lock.inspect(holder)),
      wait: (_, timeout, seen) => answer(lock.wait(timeout, seen)),
    };
    return new RemoteLockManager(service);
  }
}

trial(
  "one client holds a lock, the others get it in their order, and every call ends",
  { kind: "schedules", short: 50, long: 10_000 },
  fc.asyncProperty(lockCommands({ contexts: 2, longest: 500 }), (commands) =>
    runSchedule(commands, new ServiceWorld(), { sharesPlaces: true }),
  ),
);

trial(
  "there are never two holders and every call ends, even if answers are lost and the clock jumps",
  { kind: "schedules", short: 50, long: 10_000 },
  fc.asyncProperty(lockCommands({ contexts: 2, longest: 500, jumps: true, lostAnswers: true }), (commands) =>
    runSchedule(commands, new ServiceWorld(), { sharesPlaces: true }),
  ),
);
