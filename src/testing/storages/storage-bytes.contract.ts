import { maxKeyBytes } from "../../core/record/storage-key.ts";
import { assert, assertEqual } from "../cases/assert.ts";
import { expectRecord, mustRead, put, sample, type StoragePlay } from "./storage-scene.ts";

/** Keys that a careless storage mixes up, escapes twice or loses. */
const oddKeys = [
  "a", "A", "a ", " a", "a/", "a//b", "a/b", "/a", "../a", "./a", ".", "..", "a\\b", "a:b", "a?b=c&d#e", "a%2Fb", "a%b", "100%",
  "*", "[a]", "{a}", "<a>", "'a'", '"a"', "`a`", "$a", "~", "|", "a,b", "a;b", "a+b", "a=b", "@", "__proto__", "constructor",
  "toString", "hasOwnProperty", "null", "undefined", "0", "-1", "NaN", "true", "\u0000", "a\u0000b", "\t", "a\nb", "\r\n", "\u007f", "\u00a0",
  "é", "e\u0301", "ß", "İ", "ı", "Ω", "ж", "א", "ع", "ไทย", "中文", "日本", "한국", "\u200b", "\u200e", "\u202e", "\ufeff", "\ufffd", "\uffff",
  "😀", "👩‍👩‍👧‍👦", "🇨🇭", "\u{10ffff}", "x".repeat(maxKeyBytes), "中".repeat(Math.floor(maxKeyBytes / 3)), "😀".repeat(maxKeyBytes / 4),
]; // prettier-ignore

/** One record: a read returns the written bytes. */
export const storageBytes: Record<string, StoragePlay> = {
  async "an absent record is undefined"({ one }) {
    assertEqual(await one.read("absent"), undefined);
    assertEqual(await one.head?.("absent"), undefined);
  },
  async "what was written is read byte for byte, here and elsewhere"({ one, other }) {
    const { bytes, etag } = await put(one, "key");
    for (const storage of [one, other]) await expectRecord(storage, "key", { bytes, etag });
  },
  async "a record without a body is kept"({ one }) {
    const { bytes } = await put(one, "key", { body: new Uint8Array(0) });
    await expectRecord(one, "key", { bytes });
  },
  async "a record of 1 MB is kept, with every byte there is"({ one }) {
    const { bytes } = await put(one, "key", { body: new Uint8Array(1_048_576).map((_, index) => index * 31) });
    await expectRecord(one, "key", { bytes });
  },
  async "of a view into a larger buffer, only what it shows is kept"({ one }) {
    const { bytes, metadata } = sample("key");
    const buffer = new Uint8Array(bytes.length + 100).fill(7);
    buffer.set(bytes, 3);
    await one.write("key", buffer.subarray(3, 3 + bytes.length), { metadata });
    await expectRecord(one, "key", { bytes });
  },
  async "what the caller does to its bytes once they are written is not stored"({ one }) {
    const { bytes, metadata } = sample("key");
    const expected = bytes.slice();
    await one.write("key", bytes, { metadata });
    bytes.fill(0);
    await expectRecord(one, "key", { bytes: expected });
  },
  async "what the caller does to bytes it has read is nobody else's matter"({ one }) {
    const { bytes } = await put(one, "key");
    const [first, second] = [await mustRead(one, "key"), await mustRead(one, "key")];
    first.bytes.fill(0);
    assertEqual(second.bytes, bytes);
    await expectRecord(one, "key", { bytes });
  },
  async "a write replaces the record before, and the etag changes even when the bytes don't"({ one }) {
    await put(one, "key");
    const { bytes, metadata } = sample("key");
    const first = await one.write("key", bytes, { metadata });
    const second = await one.write("key", bytes, { metadata });
    assert(first.etag !== second.etag, `both writes have the etag ${first.etag}`);
    await expectRecord(one, "key", { bytes, etag: second.etag });
  },
  async "a copy of another storage's record is read with that one's etag, or with the one that the write gave"({
    one,
    other,
  }) {
    const { bytes, metadata } = sample("key");
    const copied = await one.write("key", bytes, { metadata, etag: "theirs" });
    await expectRecord(other, "key", { bytes, etag: copied.etag });
    const { etag } = await one.write("key", bytes, { metadata });
    assert(etag !== "theirs" && etag !== copied.etag, "a write of its own has a new etag");
  },
  async "the head is the metadata that was written, with the etag of the read"({ one }) {
    if (!one.head) return;
    const { bytes, metadata } = sample("key", { expiration: new Date(2_000_000_000_000) });
    const { etag } = await one.write("key", bytes, { metadata });
    const head = await one.head("key");
    assertEqual(head?.etag, etag);
    assertEqual({ ...head?.metadata, etag }, { ...metadata, etag });
  },
  async "every key is a place of its own, whatever it is made of"({ one }) {
    const written = await Promise.all(oddKeys.map((key) => put(one, key)));
    for (const [index, key] of oddKeys.entries()) {
      await expectRecord(one, key, written[index]!);
    }
    for (const key of oddKeys) assertEqual(await one.delete(key), true, `delete ${JSON.stringify(key.slice(0, 40))}`);
  },
  async "delete says whether there was a record, and there is none after it"({ one, other }) {
    assertEqual(await one.delete("key"), false);
    await put(one, "key");
    assertEqual([await other.delete("key"), await one.delete("key")], [true, false]);
    assertEqual(await one.read("key"), undefined);
    assertEqual(await one.head?.("key"), undefined);
  },
  async "records outlive a close, and the storage can be used after it"({ one, other }) {
    if (one === other || !one.close) return;
    const { bytes } = await put(one, "key");
    await one.close();
    await expectRecord(other, "key", { bytes });
    await expectRecord(one, "key", { bytes });
  },
  async "a signal that has aborted ends a call with its reason, and nothing is written"({ one }) {
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    const attempts = [
      () => one.read("key", { signal }),
      () => put(one, "key", { signal }),
      () => one.list?.({ signal }) ?? Promise.reject(reason),
    ];
    for (const attempt of attempts) {
      const outcome = await attempt().catch((error: unknown) => error);
      assert(outcome === reason, `expected the signal's reason, got ${String(outcome)}`);
    }
    assertEqual(await one.read("key"), undefined);
  },
};
