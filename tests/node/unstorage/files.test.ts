import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fsDriver from "unstorage/drivers/fs";
import fsLiteDriver from "unstorage/drivers/fs-lite";
import lruCacheDriver from "unstorage/drivers/lru-cache";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { UnstorageStorage } from "../../../src/integrations/unstorage/index.ts";
import { createResultStore } from "../../../src/node/index.ts";
import { mustRead, put } from "../../../src/testing/storages/storage-scene.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";

const root = await mkdtemp(join(tmpdir(), "reprise-unstorage-"));
afterAll(() => rm(root, { recursive: true, force: true }));
const newFolder = () => mkdtemp(join(root, "files-"));

const drivers = { fs: fsDriver, "fs-lite": fsLiteDriver };

describe.each(Object.entries(drivers))("the driver %s", (_name, createDriver) => {
  describe.each([true, false])("exclusive: %s", (exclusive) => {
    const create = async () => new UnstorageStorage({ driver: createDriver({ base: await newFolder() }), exclusive });
    for (const { name, run } of storageContract({ create })) test(name, run);
  });
});

describe("the driver lru-cache", () => {
  const create = async () => new UnstorageStorage({ driver: lruCacheDriver({}), exclusive: true });
  for (const { name, run } of storageContract({ create })) test(name, run);
});

test("keys stay in the folder, in names that differ by more than case", async () => {
  const folder = await newFolder();
  const base = join(folder, "inner", "results");
  const storage = new UnstorageStorage({ driver: fsLiteDriver({ base }), exclusive: true });
  const keys = ["../out", "..", "/etc/x", "a/b", "a", "A", "con", "a:b", "a.", "%2e%2e", "..%2f", "x".repeat(1_024)];
  for (const key of keys) await put(storage, key);
  const files = await readdir(base);
  expect(new Set(files.map((name) => name.toLowerCase())).size).toBe(keys.length);
  expect(files.filter((name) => !/^[kh]-[a-z0-9_-]{1,200}$/.test(name))).toEqual([]);
  expect(await readdir(folder)).toEqual(["inner"]);
  expect(await readdir(join(folder, "inner"))).toEqual(["results"]);
});

test("a result answers the next process, and clear leaves the files of others", async () => {
  const base = await newFolder();
  await writeFile(join(base, "notes.txt"), "mine");
  const open = () =>
    createResultStore({ resultStorage: new UnstorageStorage({ driver: fsDriver({ base }), exclusive: true }) });
  await open().getOrCompute("maps/oslo", () => new Map([["Oslo", new Float64Array([59.9, 10.7])]]));
  const next = await open().answer("maps/oslo", () => new Map());
  expect(next).toMatchObject({ source: "storage", value: new Map([["Oslo", new Float64Array([59.9, 10.7])]]) });
  await open().clear();
  expect(await readdir(base)).toEqual(["notes.txt"]);
  expect(await readFile(join(base, "notes.txt"), "utf8")).toBe("mine");
});

test("a file that was cut off or damaged is a miss, and the next result replaces it", async () => {
  const base = await newFolder();
  const store = createResultStore({
    cacheResultInMemory: false,
    resultStorage: new UnstorageStorage({ driver: fsLiteDriver({ base }), exclusive: true }),
  });
  await store.getOrCompute("k", () => "first value");
  const path = join(base, (await readdir(base))[0]!);
  const whole = await readFile(path);
  for (const damaged of [
    whole.subarray(0, whole.length - 3),
    whole.subarray(0, 40),
    Buffer.alloc(0),
    Buffer.from("?"),
  ]) {
    await writeFile(path, damaged);
    expect(await store.answer("k", () => damaged.length)).toMatchObject({ source: "computed", value: damaged.length });
    expect(await store.answer("k", () => "no")).toMatchObject({ source: "storage", value: damaged.length });
  }
});

test("reads and writes of a key at once see whole records", async () => {
  const storage = new UnstorageStorage({ driver: fsLiteDriver({ base: await newFolder() }), exclusive: false });
  const bodies = Array.from({ length: 20 }, (_, i) => new Uint8Array(200_000 + i).fill(i));
  await put(storage, "k", { body: bodies[0]! });
  const writes = bodies.map((body) => put(storage, "k", { body }));
  const reads = bodies.map(() => mustRead(storage, "k"));
  const written = await Promise.all(writes);
  const known = new Map(written.map(({ etag, bytes }) => [etag, bytes.length]));
  for (const { etag, bytes } of await Promise.all(reads)) expect(bytes.length).toBe(known.get(etag));
});

test("files that can only be read refuse a write, and the call gets its value all the same", async () => {
  const base = await newFolder();
  const filled = new UnstorageStorage({ driver: fsDriver({ base }), exclusive: true });
  const { etag } = await put(filled, "k");
  const storage = new UnstorageStorage({ driver: fsDriver({ base, readOnly: true }), exclusive: true });
  expect((await mustRead(storage, "k")).etag).toBe(etag);
  await expect(put(storage, "k")).rejects.toMatchObject({ code: "CONFIGURATION", message: /"fs" can only be read/ });
  await expect(storage.delete("k")).rejects.toMatchObject({ code: "CONFIGURATION" });
  const events: unknown[] = [];
  const store = createResultStore({ resultStorage: storage, onEvent: (event) => events.push(event) });
  expect(await store.getOrCompute("other", () => 1)).toBe(1);
  expect(events).toContainEqual(expect.objectContaining({ type: "write-error" }));
});

test("an error that the file system gives is a StorageError, also where the driver returns it", async () => {
  const base = join(await newFolder(), "file");
  await writeFile(base, "no folder");
  const storage = new UnstorageStorage({ driver: fsDriver({ base }), exclusive: true });
  await expect(storage.read("k")).rejects.toMatchObject({ code: "STORAGE", cause: { code: "ENOTDIR" } });
  await expect(put(storage, "k")).rejects.toMatchObject({ code: "STORAGE" });
  onTestFinished(() => rm(base));
});
