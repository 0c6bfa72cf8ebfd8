import * as fc from "fast-check";
import { expect } from "vitest";
import "../../../src/core/context/built-in-serializers.ts";
import { expireRecord } from "../../../src/core/record/expire-record.ts";
import { bodyStartOf, decodeHead } from "../../../src/core/record/record-format.ts";
import { ResultRecord } from "../../../src/core/record/result-record.ts";
import { metadataFromJson, metadataToJson } from "../../../src/http/requests/protocol.ts";
import { goldenSerializer } from "../../golden/values.ts";
import { change, type Change, changed } from "../../trials/hostile-texts.ts";
import { type HostileReading, readHostile } from "../../trials/reading.ts";
import { trial } from "../../trials/trial.ts";
import { hexHash, sealRecord } from "./record-tools.ts";

const files = import.meta.glob<Uint8Array<ArrayBuffer>>("../../golden/*.rprs", {
  query: "?bytes",
  import: "default",
  eager: true,
});
const golden = fc.constantFrom(...Object.values(files)).map((bytes) => Uint8Array.from(bytes));

const codes = /^(CORRUPT|UNSUPPORTED)_RECORD$/;
const keyOf = (bytes: Uint8Array): string => decodeHead(bytes).storageKey;

/** Each way to read a record: all of it, with and without classes of one's own, or its head. */
const readings = (key?: string): readonly HostileReading[] => [
  { codes, read: async (bytes) => (await ResultRecord.deserialize(bytes, { key })).result },
  {
    codes,
    read: async (bytes) => (await ResultRecord.deserialize(bytes, { key, serializer: goldenSerializer })).result,
  },
  { codes, read: (bytes) => decodeHead(bytes, key) },
  { codes, read: (bytes) => expireRecord(bytes, key ?? "k", 0) },
];

async function tryRecord(bytes: Uint8Array, key?: string): Promise<void> {
  for (const reading of readings(key)) await readHostile(reading, bytes);
}

interface Damage {
  readonly places: readonly (readonly [number, number])[];
  readonly cut: number | null;
  readonly more: Uint8Array;
}
const damage: fc.Arbitrary<Damage> = fc.record({
  places: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
  cut: fc.option(fc.nat(), { freq: 3 }),
  more: fc.oneof({ weight: 3, arbitrary: fc.constant(new Uint8Array()) }, fc.uint8Array({ maxLength: 8 })),
});

function damaged(bytes: Uint8Array, { places, cut, more }: Damage): Uint8Array {
  const copy = bytes.slice();
  for (const [place, byte] of places) if (copy.length > 0) copy[place % copy.length] = byte;
  return Uint8Array.from([...(cut === null ? copy : copy.subarray(0, cut % (copy.length + 1))), ...more]);
}

/** The record with its head and body changed, and with the checksums and the size that it then needs. */
function resealed(
  bytes: Uint8Array,
  head: readonly Change[],
  of: Damage,
  version: number,
  keepsSize: boolean,
): Uint8Array {
  const start = bodyStartOf(bytes)!;
  const body = damaged(bytes.subarray(start), of);
  const fields = JSON.parse(new TextDecoder().decode(bytes.subarray(16, start))) as object;
  const right = { ...fields, checksum: hexHash(body), ...(!keepsSize && { size: body.length }) };
  const wrong = head.reduce<unknown>((whole, each) => changed(whole, each), right);
  return sealRecord(JSON.stringify(wrong) ?? "", body, version);
}

const version = fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat(255) });
const rarely = fc.nat(9).map((n) => n === 0);

trial(
  "a golden record whose body was changed under right checksums is a value or a typed error",
  { kind: "inputs", short: 60, long: 5_000 },
  fc.asyncProperty(golden, damage, version, rarely, (bytes, of, number, keepsSize) =>
    tryRecord(resealed(bytes, [], of, number, keepsSize), keyOf(bytes)),
  ),
);

trial(
  "a golden record whose head was changed under right checksums is a value or a typed error, and so is its metadata in a list",
  { kind: "inputs", short: 60, long: 5_000 },
  fc.asyncProperty(
    golden,
    fc.array(change, { minLength: 1, maxLength: 3 }),
    version,
    async (bytes, changes, number) => {
      const hostile = resealed(bytes, changes, { places: [], cut: null, more: new Uint8Array() }, number, false);
      await tryRecord(hostile);
      const fields = changes.reduce<unknown>((whole, each) => changed(whole, each), metadataToJson(decodeHead(bytes)));
      await readHostile({ codes, read: () => metadataFromJson(fields) }, new Uint8Array());
      const read = await readHostile({ codes, read: decodeHead }, hostile);
      if ("value" in read)
        expect(metadataFromJson(metadataToJson(read.value as ReturnType<typeof decodeHead>))).toEqual(read.value);
    },
  ),
);

trial(
  "a golden record that was damaged is never a value",
  { kind: "inputs", short: 60, long: 5_000 },
  fc.asyncProperty(golden, damage, async (bytes, of) => {
    const hostile = damaged(bytes, of);
    const isSame = hostile.length === bytes.length && hostile.every((byte, i) => byte === bytes[i]);
    const [whole] = readings(keyOf(bytes));
    if (!isSame) expect(await readHostile(whole!, hostile)).toEqual({ code: "CORRUPT_RECORD" });
    await tryRecord(hostile);
  }),
);

trial(
  "bytes that begin like a record, with any lengths, are a typed error",
  { kind: "inputs", short: 60, long: 5_000 },
  fc.asyncProperty(fc.nat(2 ** 32 - 1), fc.uint8Array({ maxLength: 100 }), async (length, rest) => {
    const bytes = Uint8Array.from([0x52, 0x50, 0x52, 0x53, 1, 0, 0, 0, 0, 0, 0, 0, ...rest]);
    new DataView(bytes.buffer).setUint32(8, length, true);
    for (const reading of readings().slice(0, 3)) expect(await readHostile(reading, bytes)).toHaveProperty("code");
  }),
);
