import type { ResultLockManager } from "../../core/locks/result-lock-manager.ts";
import type { ResultStorage } from "../../core/storages/result-storage.ts";
import { type ChaosOptions, resolveChaosOptions } from "./chaos-options.ts";
import { type Fault, FaultySender } from "./faulty-sender.ts";

/** Makes storages and lock managers fail. */
export interface Chaos {
  /** All that went wrong on purpose so far, in the order of the calls. */
  readonly faults: readonly Fault[];
  /** The same storage behind a connection that fails. */
  storage<Storage extends ResultStorage>(storage: Storage): Storage;
  /** The same lock manager behind a connection that fails. */
  lockManager<Manager extends ResultLockManager>(manager: Manager): Manager;
  /** Ends all faults. Calls that wait go on after their delay. */
  stop(): void;
}

/** The calls that reach for a storage. The others answer from memory, or end the storage. */
const storageCalls = [
  "read", "head", "write", "fence", "begin", "invalidate", "delete", "list", "readMany", "deleteMany", "sweep", "clear",
  "invalidationsSince", "lastInvalidation",
]; // prettier-ignore

const lockCalls = [
  "acquireLock", "releaseLock", "renewLock", "isLocked", "isLockHolder", "waitForLock", "endComputation",
]; // prettier-ignore

/**
 * Lets storages and lock managers fail at random, so that you can see how your own code copes. They refuse calls, lose
 * answers, hear calls twice, and delay them. The same seed and the same calls in the same order give the same faults.
 *
 * A fault rejects with `StorageUnreachableError`, whose `key` is the key of the call. Throws `InvalidArgumentError` for a share
 * that is not between 0 and 1.
 *
 * @example
 * ```ts
 * import { MemoryLockManager, MemoryStorage, ResultStore, JsonSerializer } from "reprise/core";
 * import { createChaos } from "reprise/testing";
 *
 * const chaos = createChaos({ seed: 7, failures: 0.2, lostAnswers: 0.1, delays: 0.5 });
 * const store = new ResultStore({
 *   resultStorage: chaos.storage(new MemoryStorage()),
 *   lockManager: chaos.lockManager(new MemoryLockManager()),
 *   serializer: new JsonSerializer(),
 *   onEvent: () => {},
 * });
 * for (let day = 1; day <= 9; day++) await store.getOrCompute(`report/${day}`, () => ({ day }));
 * console.log(chaos.faults); // [{ kind: "delay", method: "read", key: "report/1" }, …]
 * chaos.stop();
 * ```
 */
export function createChaos(options: ChaosOptions = {}): Chaos {
  const sender = new FaultySender(resolveChaosOptions(options));
  const storage = <Storage extends ResultStorage>(inner: Storage): Storage =>
    sender.connect(inner, storageCalls, (name, member) =>
      name === "local" && member !== undefined ? storage(member as ResultStorage) : member,
    );
  return {
    faults: sender.faults,
    storage,
    lockManager: (inner) => sender.connect(inner, lockCalls),
    stop: () => sender.stop(),
  };
}
