import { createTarDecoder } from "modern-tar";
import { expect, test } from "vitest";
import { exportRecords } from "../../../src/core/archive/export-records.ts";
import { importRecords } from "../../../src/core/archive/import-records.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { bytesOf, importAll, manifest, openStore, pack, storeOver, streamOf } from "./archive-tools.ts";

test("other programs can open it: the files are those of a tar archive, whatever their lengths are", async () => {
  const { storage, store } = openStore();
  const values = [0, 1, 511, 512, 513, 100_000].map((length) => "v".repeat(length));
  for (const [i, value] of values.entries()) await store.write(`k${i}`, value);
  const files = new Map<string, Uint8Array>();
  const entries = exportRecords(store).pipeThrough(createTarDecoder({ strict: true }));
  const reader = entries.getReader();
  for (let part = await reader.read(); part.value; part = await reader.read()) {
    const { header, body } = part.value;
    expect(header).toMatchObject({ type: "file", mode: 0o644, uid: 0, gid: 0 });
    expect(Math.abs(header.mtime!.getTime() - Date.now())).toBeLessThan(60_000);
    files.set(header.name, await bytesOf(body));
  }
  const names = values.map((_, i) => `records/0000000${i + 1}.rprs`);
  expect([...files.keys()]).toEqual(["manifest.json", ...names, "end.json"]);
  for (const [i, name] of names.entries()) expect(files.get(name)).toEqual((await storage.read(`k${i}`))!.bytes);
});

test.each([1, 7, 511, 512, 513, 100_000])("an archive in chunks of %i bytes is read", async (chunk) => {
  const { storage, store } = openStore();
  for (const length of [0, 511, 512, 513, 2_000]) await store.write(`k${length}`, "v".repeat(length));
  const bytes = await bytesOf(exportRecords(store));
  const target = new MemoryStorage();
  await importRecords(storeOver(target), streamOf(bytes, chunk));
  for (const { storageKey: key } of (await storage.list()).records)
    expect((await target.read(key))?.bytes).toEqual((await storage.read(key))!.bytes);
});

test("files of others, folders, links and extensions of tar are skipped, however their texts are made", async () => {
  const { storage, store } = openStore();
  await store.write("a", 1);
  const record = (await storage.read("a"))!.bytes;
  // a parser that reads it number by number takes hours
  const numbers = new Uint8Array(4 * 2 ** 20).fill(0x30);
  numbers.set(new TextEncoder().encode("1 "), numbers.length - 2);
  const bytes = await pack([
    ["first", "11 path=x\n", { type: "pax-global-header" }],
    ["manifest.json", manifest],
    ["numbers", numbers, { type: "pax-header" }],
    ["records/", "", { type: "directory" }],
    ["records/0.rprs", "", { type: "symlink", linkname: "/etc/passwd" }],
    ["name", "records/0.rprs\0", { type: "gnu-long-name" }],
    ["../../notes.txt", "of somebody else"],
    ["records/1.rprs", record],
    ["end.json", '{"records":1}'],
  ]);
  expect(await importAll(bytes)).toMatchObject([{ key: "a", status: "done" }]);
});

test("of two records of one key the later one stays, or the earlier one if the caller keeps what is there", async () => {
  const { storage, store } = openStore();
  const versions = [];
  for (const value of ["first", "second", "third"]) {
    await store.write("a", value);
    versions.push((await storage.read("a"))!.bytes);
  }
  const files = versions.map((bytes, i) => [`records/${i}.rprs`, bytes] as const);
  const bytes = await pack([
    ["manifest.json", manifest],
    ...files.map((file) => [...file] as [string, Uint8Array]),
    ["end.json", '{"records":3}'],
  ]);
  /** Its first write takes longer than its later ones. */
  class Slow extends MemoryStorage {
    #writes = 0;
    override async write(...args: Parameters<MemoryStorage["write"]>) {
      if (this.#writes++ === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      return super.write(...args);
    }
  }
  for (const [existing, value, statuses] of [
    [undefined, "third", ["done", "done", "done"]],
    ["keep", "first", ["done", "skipped", "skipped"]],
  ] as const) {
    const target = new Slow();
    const outcomes = await importAll(bytes, target, existing);
    expect(outcomes.map(({ status }) => status)).toEqual(statuses);
    expect((await storeOver(target).read("a"))?.result).toBe(value);
  }
});

test("a signal ends an import whose stream gives chunks without end, and no timer a chance", async () => {
  for (const length of [0, 512]) {
    const begun = performance.now();
    const endless = new ReadableStream({
      pull: (controller) => {
        if (performance.now() > begun + 10_000) controller.error(new Error("The signal came too late"));
        else controller.enqueue(new Uint8Array(length));
      },
    });
    const signal = AbortSignal.timeout(20);
    const importing = importRecords(storeOver(new MemoryStorage()), endless, { signal });
    await expect(importing).rejects.toMatchObject({ name: "TimeoutError" });
  }
});
