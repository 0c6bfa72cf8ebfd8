import type { ResultStorage } from "../../core/storages/result-storage.ts";
import { assertEqual } from "../cases/assert.ts";
import { expectRecord, mustRead, put, sample, type StoragePlay } from "./storage-scene.ts";

const now = 1_800_000_000_000;

const before = ["0", "A", "B", "a", "a/1", "a/10", "a/2", "b", "é", "中"];
/** By UTF-16 code units, and by code points: platforms differ, and either is allowed. */
const orders = [
  [...before, "😀", "\uff5e"],
  [...before, "\uff5e", "😀"],
];
const [ordered] = orders as [string[], string[]];

async function listAll(storage: ResultStorage, prefix: string | undefined, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await storage.list!({ prefix, cursor, limit });
    pages.push(page.records.map(({ storageKey }) => storageKey));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}

/** The expected order, by the one that the storage uses. */
function orderOf(keys: readonly string[]): string[] {
  return orders.find((order) => order.at(-1) === keys.at(-1)) ?? ordered;
}

const lists: Record<string, StoragePlay> = {
  async "list gives every record in the order of the keys"({ one, other }) {
    if (!one.list || !other.list) return;
    assertEqual(await one.list(), { records: [] });
    await Promise.all(ordered.toReversed().map((key) => put(one, key)));
    const pages = await listAll(other, undefined, 1_000);
    assertEqual(pages, [orderOf(pages.flat())]);
  },
  async "list gives the metadata with etag and size"({ one }) {
    if (!one.list) return;
    const { bytes, metadata } = sample("key", { expiration: new Date(now) });
    const { etag } = await one.write("key", bytes, { metadata });
    assertEqual((await one.list()).records, [{ ...metadata, etag }]);
  },
  async "list keeps to a prefix, whatever it is made of"({ one }) {
    if (!one.list) return;
    const keys = ["a", "a%", "a%b", "a/", "a/b", "a\uffff", "a\uffffb", "a_b", "b", "😀", "😀a"];
    await Promise.all(keys.map((key) => put(one, key)));
    for (const prefix of ["", "a", "a%", "a/", "a\uffff", "a_", "b", "😀", "absent"]) {
      const expected = keys.filter((key) => key.startsWith(prefix)).sort();
      assertEqual((await listAll(one, prefix, 1_000)).flat(), expected, `prefix ${JSON.stringify(prefix)}`);
    }
  },
  async "pages follow one another without gap or overlap, and the last one has no cursor"({ one }) {
    if (!one.list) return;
    await Promise.all(ordered.map((key) => put(one, key)));
    for (const limit of [1, 5, ordered.length - 1, ordered.length, ordered.length + 1]) {
      const pages = await listAll(one, undefined, limit);
      assertEqual(pages.flat(), orderOf(pages.flat()), `limit ${limit}`);
      assertEqual(pages.length, Math.ceil(ordered.length / limit), `pages of ${limit}`);
    }
    assertEqual(await listAll(one, "a", 2), [["a", "a/1"], ["a/10", "a/2"]]); // prettier-ignore
  },
  async "a page follows though the records of the page before are gone"({ one }) {
    if (!one.list) return;
    await Promise.all(["a", "b", "c"].map((key) => put(one, key)));
    const { cursor } = await one.list({ limit: 2 });
    await Promise.all(["a", "b"].map((key) => one.delete(key)));
    assertEqual(
      (await one.list({ cursor, limit: 2 })).records.map(({ storageKey }) => storageKey),
      ["c"],
    );
  },
};

const many: Record<string, StoragePlay> = {
  async "readMany gives each record at the place of its key"({ one }) {
    if (!one.readMany) return;
    const [a, b] = [await put(one, "a"), await put(one, "b")];
    const records = await one.readMany(["b", "absent", "a", "b"]);
    // a storage may add where it read a record from
    const [first, absent, second, again] = records.map((each) => each && { bytes: each.bytes, etag: each.etag });
    assertEqual([first, absent, second], [b, undefined, a]);
    assertEqual(again, b);
    assertEqual(await one.readMany([]), []);
  },
  async "deleteMany says of each key whether there was a record"({ one }) {
    if (!one.deleteMany) return;
    await Promise.all(["a", "b", "c"].map((key) => put(one, key)));
    assertEqual(await one.deleteMany(["a", "absent", "c"]), [true, false, true]);
    assertEqual(await one.readMany?.(["a", "c"]), one.readMany && [undefined, undefined]);
    await mustRead(one, "b");
  },
};

const removal: Record<string, StoragePlay> = {
  async "sweep deletes what has expired, and nothing else"({ one }) {
    if (!one.sweep) return;
    await put(one, "before", { expiration: new Date(now - 1) });
    await put(one, "at", { expiration: new Date(now) });
    const after = await put(one, "after", { expiration: new Date(now + 1) });
    const never = await put(one, "never");
    assertEqual(await one.sweep({ now }), { expired: 2, evicted: 0 });
    assertEqual([await one.read("before"), await one.read("at")], [undefined, undefined]);
    await expectRecord(one, "after", after);
    await expectRecord(one, "never", never);
    assertEqual(await one.sweep({ now }), { expired: 0, evicted: 0 });
  },
  async "sweep makes the room that it is asked for, by deleting the oldest"({ one }) {
    if (!one.sweep) return;
    const [old, young] = [new Date(now - 2), new Date(now - 1)];
    const { bytes } = await put(one, "old", { createdAt: old });
    const stays = await put(one, "young", { createdAt: young });
    assertEqual(await one.sweep({ now, freeBytes: bytes.length }), { expired: 0, evicted: 1 });
    assertEqual(await one.read("old"), undefined);
    await expectRecord(one, "young", stays);
  },
  async "what has expired is still read and listed until it is swept: a storage does not judge"({ one }) {
    const record = await put(one, "key", { expiration: new Date(0) });
    await expectRecord(one, "key", record);
    assertEqual((await one.list?.())?.records.length, one.list && 1);
  },
  async "clear leaves nothing"({ one, other }) {
    if (!one.clear) return;
    await Promise.all(["a", "b"].map((key) => put(one, key)));
    await one.clear();
    for (const storage of [one, other])
      assertEqual([await storage.read("a"), await storage.head?.("b")], [undefined, undefined]);
    assertEqual(await one.list?.(), one.list && { records: [] });
    const { bytes } = await put(one, "a");
    await expectRecord(one, "a", { bytes });
  },
};

/** Several records at once: listing, many at a time, removal. */
export const storageSets: Record<string, StoragePlay> = { ...lists, ...many, ...removal };
