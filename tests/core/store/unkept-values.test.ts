import { describe, expect, test, vi } from "vitest";
import { defaultCache } from "../../../src/core/cache/memory-cache.ts";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import type { ComputeContext, GetOrComputeOptions } from "../../../src/core/options/call-options.ts";
import type { PartialStoreOptions } from "../../../src/core/options/store-options.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { NullStorage } from "../../../src/core/storages/null-storage.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { StorageError, StorageQuotaError, StorageUnreachableError } from "../../../src/errors/index.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { MemoryChannel } from "../../memory-world.ts";
import { createStore } from "../../stores.ts";

test("a value that could not be kept is not served after a change, whenever the news of it comes", async () => {
  for (let turns = 0; turns < 40; turns++) {
    const channels = new Set<MemoryChannel>();
    const news = new MemoryChannel(channels);
    const resultStorage = new MemoryStorage();
    resultStorage.begin = () => Promise.reject(new StorageUnreachableError("no connection", { key: "key" }));
    const store = createStore({ resultStorage, changes: new MemoryChannel(channels), onEvent: () => {} });
    const [begun, done] = [gate(), gate()];
    const first = store.getOrCompute("key", async () => {
      begun.open();
      await done.opened;
      return "old";
    });
    await begun.opened;
    done.open();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    news.post("invalidated", { keys: ["key"] });
    await first;
    expect(await store.getOrCompute("key", () => "new"), `news after ${turns} turns`).toBe("new");
  }
});

/** What the events say of a value: the code of the error that kept it from the storage, `"kept"`, or nothing. */
function fateIn(events: readonly StoreEvent[]): (string | undefined)[] {
  return events.flatMap((event) => {
    if (event.type === "write") return ["kept"];
    return event.type === "write-error" ? [(event.error as { code?: string }).code] : [];
  });
}

interface Fate {
  readonly parts?: PartialStoreOptions;
  readonly options?: GetOrComputeOptions;
  /** Happens while the function runs. */
  readonly meanwhile?: (store: ResultStore, context: ComputeContext) => unknown;
  readonly value?: unknown;
  readonly fate: readonly (string | undefined)[];
}

class Failing extends MemoryStorage {
  readonly #error: Error;

  constructor(error: Error) {
    super();
    this.#error = error;
  }

  override write = () => Promise.reject(this.#error);
}

class Small extends MemoryStorage {
  override readonly capabilities = { consistency: "strong", conditionalWrites: true, maxRecordBytes: 9 } as const;
}

/** A clock that is a millisecond later with each look at it. */
function hastyClock(): () => number {
  let time = 1_000;
  return () => time++;
}

const unreachable = () => Promise.reject(new StorageUnreachableError("no connection"));
const withoutPlace = () => Object.assign(new MemoryStorage(), { begin: unreachable });
const laterVersion = Object.assign(new JsonSerializer(), { type: "of-a-later-version" });

async function recordOfLaterVersion(): Promise<MemoryStorage> {
  const resultStorage = new MemoryStorage();
  await createStore({ resultStorage, serializer: laterVersion }).write("key", 1);
  return resultStorage;
}

describe("the caller has its value, and one event says what became of it", () => {
  test.for<[string, () => Fate | Promise<Fate>]>([
    ["nothing happened", () => ({ fate: ["kept"] })],
    [
      "it expires before the write",
      () => ({ parts: { now: hastyClock() }, options: { expiresIn: 1 }, fate: ["kept"] }),
    ],
    ["jitter leaves it no millisecond", () => ({ options: { expiresIn: 1, jitter: 1 }, fate: ["kept"] })],
    [
      "it expires while it is computed",
      () => {
        let time = 1_000;
        const meanwhile = () => (time = 3_000);
        return { parts: { now: () => time }, options: { expiration: new Date(2_000) }, meanwhile, fate: ["kept"] };
      },
    ],
    ["the caller wants it not kept", () => ({ options: { keep: () => false }, fate: [] })],
    ["the caller gives it no lifetime", () => ({ options: { expiresIn: () => 0 }, fate: [] })],
    ["the caller gives it a lifetime that was over", () => ({ options: { expiration: new Date(0) }, fate: [] })],
    ["somebody deletes the key", () => ({ meanwhile: (store) => store.delete("key"), fate: ["INVALIDATED"] })],
    ["somebody invalidates all", () => ({ meanwhile: (store) => store.invalidate("all"), fate: ["INVALIDATED"] })],
    ["somebody writes the key", () => ({ meanwhile: (store) => store.write("key", 2), fate: ["kept", "INVALIDATED"] })],
    ["somebody clears the store", () => ({ meanwhile: (store) => store.clear(), fate: ["INVALIDATED"] })],
    [
      "a later call refreshes the key",
      () => ({
        meanwhile: (store) => store.getOrCompute("key", () => 2, { refresh: true, holder: "later" }),
        fate: ["kept", "INVALIDATED"],
      }),
    ],
    [
      "the lease is lost",
      () => ({
        parts: { lockManager: new MemoryLockManager() },
        meanwhile: async ({ lockManager }, { holder }) => {
          await lockManager!.renewLock("key", holder, 1);
          await lockManager!.acquireLock("key", "other", { holdTimeout: 1 });
        },
        fate: ["STALE_LOCK"],
      }),
    ],
    ["the store is closed", () => ({ meanwhile: (store) => store.close(), fate: ["kept"] })],
    [
      "the disk is full",
      () => ({ parts: { resultStorage: new Failing(new StorageQuotaError("full")) }, fate: ["STORAGE_QUOTA"] }),
    ],
    [
      "the storage fails",
      () => ({ parts: { resultStorage: new Failing(new StorageError("gone")) }, fate: ["STORAGE"] }),
    ],
    [
      "the storage throws anything",
      () => ({ parts: { resultStorage: new Failing(new RangeError("odd")) }, fate: [undefined] }),
    ],
    ["the storage takes no record of its size", () => ({ parts: { resultStorage: new Small() }, fate: ["STORAGE"] })],
    [
      "the storage did not note its beginning",
      () => ({ parts: { resultStorage: withoutPlace() }, fate: ["STORAGE_UNREACHABLE"] }),
    ],
    ["the serializer refuses it", () => ({ value: () => 1, fate: ["SERIALIZATION"] })],
    [
      "a later version has written the key",
      async () => ({ parts: { resultStorage: await recordOfLaterVersion() }, fate: ["UNSUPPORTED_RECORD"] }),
    ],
    ["memory has no room for it", () => ({ parts: { cache: defaultCache({ maxBytes: 0 }) }, fate: ["kept"] })],
    ["the storage is to keep nothing", () => ({ parts: { resultStorage: new NullStorage() }, fate: ["kept"] })],
  ])("%s", async ([, made]) => {
    for (const waitUntil of [undefined, () => {}]) {
      const { parts, options, meanwhile, value = 1, fate } = await made();
      const events: StoreEvent[] = [];
      const store = createStore({ ...parts, waitUntil, onEvent: (event) => events.push(event) });
      const compute = async (context: ComputeContext) => {
        await meanwhile?.(store, context);
        return value;
      };
      expect(await store.getOrCompute("key", compute, options)).toBe(value);
      await vi.waitFor(() => expect(fateIn(events)).toEqual(fate));
    }
  });

  test("an error that was to be kept", async () => {
    const events: StoreEvent[] = [];
    const onEvent = (event: StoreEvent) => events.push(event);
    const thrown = [new RangeError("no"), () => 1];
    for (const [i, resultStorage] of [new Failing(new StorageError("gone")), new MemoryStorage()].entries()) {
      const store = createStore({ resultStorage, onEvent });
      const call = store.getOrCompute("key", () => Promise.reject(thrown[i] as Error), { errorExpiresIn: "1h" });
      await expect(call).rejects.toBe(thrown[i]);
    }
    expect(fateIn(events)).toEqual(["STORAGE", "SERIALIZATION"]);
  });

  test("all callers have gone, and the function goes on", async () => {
    const events: StoreEvent[] = [];
    const store = createStore({ onEvent: (event) => events.push(event) });
    const controller = new AbortController();
    const [begun, done] = [gate(), gate()];
    const compute = async () => {
      begun.open();
      await done.opened;
      return 1;
    };
    const call = store.getOrCompute("key", compute, { signal: controller.signal });
    await begun.opened;
    controller.abort();
    await expect(call).rejects.toThrow(controller.signal.reason as Error);
    done.open();
    await vi.waitFor(() => expect(fateIn(events)).toEqual(["kept"]));
  });
});
