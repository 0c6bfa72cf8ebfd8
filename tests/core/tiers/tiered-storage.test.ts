import { expect, test } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { TieredLockManager } from "../../../src/core/tiers/tiered-lock-manager.ts";
import { TieredStorage } from "../../../src/core/tiers/tiered-storage.ts";
import {
  AccessDeniedError,
  CorruptRecordError,
  InvalidArgumentError,
  StorageError,
  StorageQuotaError,
  StorageUnreachableError,
} from "../../../src/errors/index.ts";
import { grantWith, put } from "../../../src/testing/storages/storage-scene.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { codeOf } from "../record/record-tools.ts";
import { createStore } from "../../stores.ts";

/** A memory storage that can be cut off. */
class FarStorage extends MemoryStorage {
  isCut = false;

  override async read(...args: Parameters<MemoryStorage["read"]>) {
    this.#assertReachable();
    return super.read(...args);
  }

  override async write(...args: Parameters<MemoryStorage["write"]>) {
    this.#assertReachable();
    return super.write(...args);
  }

  override async delete(key: string) {
    this.#assertReachable();
    return super.delete(key);
  }

  #assertReachable(): void {
    if (this.isCut) throw new StorageUnreachableError("cut off");
  }
}

function createTiers() {
  const [near, far, events] = [new MemoryStorage(), new FarStorage(), [] as StoreEvent[]];
  const storage = new TieredStorage({ tiers: [near, far], onEvent: (event) => events.push(event) });
  return { near, far, events, storage };
}

test("while the truth is out of reach, copies are read, unconditional writes are kept, the rest rejects", async () => {
  const { far, events, storage } = createTiers();
  const before = await put(storage, "before");
  far.isCut = true;
  expect(await storage.read("before", { fresh: true })).toMatchObject({ etag: before.etag, isCopy: true });
  expect(await storage.read("absent")).toBe(undefined);
  const during = await put(storage, "during");
  expect(await storage.read("during")).toMatchObject({ etag: during.etag });
  for (const attempt of [() => put(storage, "x", { ifNoneMatch: "*" }), () => storage.delete("before")]) {
    expect(await codeOf(attempt)).toBe("STORAGE_UNREACHABLE");
  }
  expect(storage.capabilities.consistency).toBe("eventual");
  far.isCut = false;
  await storage.read("absent");
  await eventually(async () => (await far.read("during"))?.etag === during.etag, "the upload");
  expect(events.map(({ type }) => type)).toEqual(["offline", "online"]);
  expect(storage.capabilities.consistency).toBe("strong");
});

test("what another wrote meanwhile counts, and takes the place of the copy", async () => {
  const { near, far, storage } = createTiers();
  far.isCut = true;
  await put(storage, "key");
  far.isCut = false;
  const theirs = await put(far, "key");
  await storage.read("absent");
  await eventually(async () => (await near.read("key"))?.etag === theirs.etag, "the copy of theirs");
  expect((await far.read("key"))?.etag).toBe(theirs.etag);
});

test("fresh reads go past copies, unless a copy is known to be what was committed; another copy won't do", async () => {
  const { near, far, storage } = createTiers();
  const { etag: committed } = await put(storage, "key");
  const newer = await put(far, "key");
  expect(await storage.read("key", { fresh: true, committed })).toMatchObject({ etag: committed, isCopy: true });
  expect(await storage.read("key", { committed: newer.etag })).toMatchObject({ etag: newer.etag, from: "memory" });
  expect(await storage.read("key", { fresh: true })).toMatchObject({ etag: newer.etag });
  await storage.close();
  expect((await near.read("key"))?.etag).toBe(newer.etag);
});

test("behind: who reads past the copies gets what is on its way to the truth, and puts nothing older in its place", async () => {
  const [near, far] = [new MemoryStorage(), new FarStorage()];
  const storage = new TieredStorage({ tiers: [near, far], writes: "behind" });
  await put(storage, "key");
  await storage.close();
  const write = far.write.bind(far);
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  far.write = async (...args) => {
    await arrived;
    return write(...args);
  };
  const { etag } = await put(storage, "key", { body: new Uint8Array([9]) });
  const fresh = storage.read("key", { fresh: true });
  await storage.read("key");
  arrive();
  expect(await fresh).toMatchObject({ etag });
  await storage.close();
  expect(await near.read("key")).toMatchObject({ etag });
});

test("a grant of near locks alone is the nearest tier's to check, and means nothing to a truth that answers again", async () => {
  const farLocks = new MemoryLockManager();
  farLocks.acquireLock = () => Promise.reject(new StorageUnreachableError("cut off"));
  const locks = new TieredLockManager({ tiers: [new MemoryLockManager(), farLocks] });
  const grant = (await locks.acquireLock("key", "a"))!;
  const { near, far, storage } = createTiers();
  await put(far, "key", { grant: grantWith("key", grant.token + 1) });
  far.isCut = true;
  const late = (await locks.acquireLock("taken over", "a"))!;
  await put(near, "taken over", { grant: grantWith("taken over", late.token + 1) });
  expect(await codeOf(() => put(storage, "taken over", { grant: late }))).toBe("STALE_LOCK");
  far.isCut = false;
  const { etag } = await put(storage, "key", { grant });
  expect((await far.read("key"))?.etag).toBe(etag);
});

test("what is read from the truth takes no copy away that another has put meanwhile, be it refused or too long for one", async () => {
  class BusyStorage extends MemoryStorage {
    override readonly capabilities = { consistency: "eventual", conditionalWrites: false } as never;
    readonly deleted: string[] = [];

    override async write(): Promise<never> {
      throw new StorageError("one write a second");
    }

    override async delete(key: string) {
      this.deleted.push(key);
      return super.delete(key);
    }
  }
  const [near, far, events] = [new BusyStorage(), new MemoryStorage(), [] as StoreEvent[]];
  const storage = new TieredStorage({
    tiers: [near, far],
    maxCopyBytes: 500,
    onEvent: (event) => events.push(event),
  });
  await put(far, "short");
  await put(far, "long", { body: new Uint8Array(1_000) });
  expect([await storage.read("long"), await storage.read("short")]).toEqual([expect.anything(), expect.anything()]);
  await eventually(() => events.some(({ type }) => type === "write-error"), "the refusal");
  expect([near.deleted, events.length]).toEqual([[], 1]);
});

test("a truth that gives etags of its own: the copy gets the truth's once the record is there, unless it has changed", async () => {
  class OwnEtags extends FarStorage {
    onWrite = async (_key: string): Promise<void> => {};

    override async write(...[key, bytes, options]: Parameters<MemoryStorage["write"]>) {
      const written = await super.write(key, bytes, { ...options, etag: undefined });
      await this.onWrite(key);
      return written;
    }
  }
  for (const writes of ["through", "behind"] as const) {
    const [near, far] = [new MemoryStorage(), new OwnEtags()];
    const storage = new TieredStorage({ tiers: [near, far], writes });
    far.isCut = true;
    await put(storage, "key");
    await put(storage, "changed");
    await put(storage, "replaced");
    far.isCut = false;
    let newer: string | undefined;
    far.onWrite = async (key) => {
      if (key === "changed") newer = (await put(near, key)).etag;
    };
    // another tab uploads that one
    await put(near, "replaced");
    await storage.read("absent");
    await eventually(async () => (await far.read("changed")) !== undefined, "the upload");
    await storage.close();
    expect(await far.read("replaced")).toBeUndefined();
    expect((await near.read("key"))?.etag).toBe((await far.read("key"))?.etag);
    expect((await near.read("changed"))?.etag).toBe(newer);
  }
});

test("a computed value that the truth refuses is kept near, and other callers don't compute it again", async () => {
  for (const Refusal of [AccessDeniedError, CorruptRecordError, InvalidArgumentError, StorageQuotaError]) {
    const far = Object.assign(new MemoryStorage(), { write: () => Promise.reject(new Refusal("no")) });
    const events: StoreEvent[] = [];
    const storage = new TieredStorage({ tiers: [new MemoryStorage(), far], onEvent: (event) => events.push(event) });
    const lockManager = new MemoryLockManager();
    const [one, two] = [1, 2].map(() => createStore({ resultStorage: storage, lockManager }));
    expect(await one!.getOrCompute("k", () => 1)).toBe(1);
    expect(await two!.getOrCompute("k", () => 2)).toBe(1);
    expect(events.map(({ type }) => type)).toContain("write-error");
    if (Refusal !== StorageQuotaError) await expect(one!.write("k", 3)).rejects.toBeInstanceOf(Refusal);
  }
});
