import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { StorageWriteOptions } from "../../../src/core/storages/result-storage.ts";
import { TieredStorage } from "../../../src/core/tiers/tiered-storage.ts";
import { StorageError, StorageQuotaError, StorageUnreachableError } from "../../../src/errors/index.ts";
import { grantWith, put } from "../../../src/testing/storages/storage-scene.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { createStore } from "../../stores.ts";

/** Notes what it is asked to write, waits for its gate, and fails as it is told. */
class GatedStorage extends MemoryStorage {
  readonly writes: StorageWriteOptions[] = [];
  gate: Promise<unknown> = Promise.resolve();
  failure: Error | undefined;

  override async read(...args: Parameters<MemoryStorage["read"]>) {
    if (this.failure) throw this.failure;
    return super.read(...args);
  }

  override async write(...args: Parameters<MemoryStorage["write"]>) {
    this.writes.push(args[2]);
    await this.gate;
    if (this.failure) throw this.failure;
    return super.write(...args);
  }
}

function createTiers(writes: "through" | "behind" = "through") {
  const [near, far, events] = [new GatedStorage(), new GatedStorage(), [] as StoreEvent[]];
  const storage = new TieredStorage({ tiers: [near, far], writes, onEvent: (event) => events.push(event) });
  return { near, far, storage, events };
}

test("the truth is written under the whole grant, a copy under the one within it, or none", async () => {
  const { near, far, storage } = createTiers();
  const within = grantWith("key", 3);
  const grant = { ...grantWith("key", 7), within };
  await put(storage, "key", { grant });
  expect(far.writes[0]?.grant).toBe(grant);
  expect(near.writes[0]?.grant).toBe(within);
  await put(storage, "other", { grant: grantWith("other", 7) });
  expect(near.writes[1]?.grant).toBeUndefined();
});

test("of two writers at once, no copy is left that differs from the truth", async () => {
  const { near, far, storage } = createTiers();
  await Promise.all(Array.from({ length: 20 }, () => put(storage, "key")));
  const [copy, truth] = [await near.read("key"), await far.read("key")];
  expect(truth).toBeDefined();
  expect([undefined, truth?.etag]).toContain(copy?.etag);
});

test("a write whose answer is late leaves no copy over that of the write that came after it", async () => {
  const { near, far, storage } = createTiers();
  const write = far.write.bind(far);
  let answer!: () => void;
  const late = new Promise<void>((resolve) => (answer = resolve));
  vi.spyOn(far, "write").mockImplementationOnce(async (...args) => {
    const written = await write(...args);
    await late;
    return written;
  });
  const first = put(storage, "key");
  await eventually(() => far.read("key"), "the first write");
  const { etag } = await put(storage, "key");
  answer();
  await first;
  expect((await far.read("key"))?.etag).toBe(etag);
  expect([undefined, etag]).toContain((await near.read("key"))?.etag);
});

test("a copy that fails is passed over by reads, and told of by writes, which fail no caller", async () => {
  const { near, storage, events } = createTiers();
  near.failure = new StorageError("the disk is gone");
  const { etag } = await put(storage, "key");
  expect(events).toMatchObject([{ type: "write-error", key: "key", error: { message: "the disk is gone" } }]);
  expect(await storage.read("key")).toMatchObject({ etag });
  await storage.close();
});

describe("writing behind", () => {
  test("is done once the nearest tier has it, and reads see it at once", async () => {
    const { far, storage } = createTiers("behind");
    let open!: () => void;
    far.gate = new Promise<void>((resolve) => (open = resolve));
    const { etag } = await put(storage, "key");
    expect(await storage.read("key")).toMatchObject({ etag, isCopy: true });
    expect(await far.read("key")).toBeUndefined();
    open();
    await storage.close();
    expect(await far.read("key")).toMatchObject({ etag });
  });

  test("keeps the order of the writes of a key", async () => {
    const { far, storage } = createTiers("behind");
    const written = [];
    for (let n = 0; n < 5; n++) written.push(await put(storage, "key"));
    await storage.close();
    expect(far.writes.map(({ etag }) => etag)).toEqual(written.map(({ etag }) => etag));
    expect((await far.read("key"))?.bytes).toEqual(written.at(-1)?.bytes);
  });

  test("tells of what the truth refused, and promises less than the truth does", async () => {
    const { far, storage, events } = createTiers("behind");
    far.failure = new StorageError("refused");
    await put(storage, "key");
    await storage.close();
    expect(events).toMatchObject([{ type: "write-error", key: "key", error: { message: "refused" } }]);
    expect(storage.capabilities).toMatchObject({ consistency: "eventual", conditionalWrites: false });
  });

  test("does not do what has a condition: the truth decides that", async () => {
    const { far, storage } = createTiers("behind");
    await put(storage, "key", { ifNoneMatch: "*" });
    expect(await far.read("key")).toBeDefined();
    await expect(put(storage, "key", { ifNoneMatch: "*" })).rejects.toMatchObject({ code: "PRECONDITION_FAILED" });
  });
});

test("what waits for the truth to answer is bounded: the oldest is given up, and told of", async () => {
  const { far, storage, events } = createTiers();
  far.failure = new StorageUnreachableError("offline");
  const body = new Uint8Array(25 * 2 ** 20);
  for (const key of ["first", "second", "third"]) await put(storage, key, { body });
  expect(events.map(({ type }) => type)).toEqual(["offline", "write-error"]);
  expect(events[1]).toMatchObject({ key: "first" });
  far.failure = undefined;
  await storage.read("absent");
  await eventually(async () => (await far.read("third")) !== undefined, "the upload");
  expect(await far.read("first")).toBeUndefined();
  expect(await far.read("second")).toBeDefined();
  await storage.close();
});

test("a damaged copy is read past: the record that it was made of is as good as before, and takes its place", async () => {
  const { near, storage } = createTiers();
  const store = createStore({ resultStorage: storage, cacheResultInMemory: false });
  const { metadata } = await store.write("key", "kept");
  const damaged = (await near.read("key"))!.bytes;
  damaged[damaged.length - 1]! ^= 1;
  await near.write("key", damaged, { metadata, etag: metadata.etag });
  expect((await store.read("key"))?.result).toBe("kept");
  expect(await store.getOrCompute("key", () => "computed again")).toBe("kept");
  await store.close();
  expect((await createStore({ resultStorage: near }).read("key"))?.result).toBe("kept");
});

test.each(["through", "behind"] as const)(
  "without a listener, one warning tells of what the truth won't have: %s",
  async (writes) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const far = new GatedStorage();
    far.failure = new StorageQuotaError("full");
    const storage = new TieredStorage({ tiers: [new MemoryStorage(), far], writes });
    for (const _ of [1, 2]) await put(storage, `told/${writes}`);
    await storage.close();
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining(`"told/${writes}" is not kept: StorageQuotaError: full`)],
    ]);
  },
);
