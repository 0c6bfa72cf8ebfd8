import * as fc from "fast-check";
import { describe, expect } from "vitest";
import { decodeHead, decodeRecord, encodeRecord } from "../../../src/core/record/record-format.ts";
import { decodeHeadText, encodeHeadText } from "../../../src/core/record/record-head.ts";
import { CompressedSerializer } from "../../../src/core/serializers/compressed-serializer.ts";
import { DevalueSerializer } from "../../../src/core/serializers/devalue/devalue-serializer.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { difference } from "../../../src/testing/cases/difference.ts";
import { anyMetadata, anyText, anyValue, jsonValue } from "./arbitraries.ts";
import { trial } from "../../trials/trial.ts";
import { codeOf, sealRecord, someMetadata } from "../record/record-tools.ts";

const devalue = new DevalueSerializer();
const json = new JsonSerializer();
const compressed = new CompressedSerializer({ serializer: new DevalueSerializer() });

/** A value as a record's bytes. */
const toRecord = async (value: unknown) => encodeRecord(someMetadata, await devalue.dumps(value)).bytes;
const fromRecord = (bytes: Uint8Array) => devalue.loads(decodeRecord(bytes, someMetadata.storageKey).body);

describe("any value comes back", () => {
  trial(
    "from a record, if the format lists it",
    { kind: "inputs", short: 200, long: 5_000 },
    fc.asyncProperty(anyValue, async (value) => {
      expect(difference(value, fromRecord(await toRecord(value)))).toBeUndefined();
    }),
  );

  trial(
    "from JSON text, plain and compressed, if it is JSON",
    { kind: "inputs", short: 50, long: 5_000 },
    fc.asyncProperty(jsonValue, async (value) => {
      for (const serializer of [json, compressed]) {
        const back = await serializer.loads(await serializer.dumps(value));
        // -0 is the one that JSON changes
        expect(JSON.stringify(back)).toBe(JSON.stringify(value));
      }
    }),
  );

  trial(
    "with any metadata, from the whole record, the head and the head's text",
    { kind: "inputs", short: 100, long: 5_000 },
    fc.property(anyMetadata, fc.uint8Array(), (metadata, body) => {
      const { bytes, metadata: sized } = encodeRecord(metadata, body);
      expect(decodeRecord(bytes, metadata.storageKey)).toMatchObject({ metadata: sized, body });
      expect(decodeHead(bytes)).toEqual(sized);
      expect(decodeHeadText(encodeHeadText(sized)).metadata).toEqual(sized);
    }),
  );
});

describe("any damage is found, or gives a typed error or a value", () => {
  trial(
    "by flipped bits or a cut: it is found",
    { kind: "inputs", short: 100, long: 5_000 },
    fc.asyncProperty(anyValue, fc.nat(), fc.nat(7), fc.nat(), async (value, place, bit, length) => {
      const bytes = await toRecord(value);
      const flipped = bytes.slice();
      flipped[place % bytes.length]! ^= 1 << bit;
      expect(await codeOf(() => fromRecord(flipped))).toBe("CORRUPT_RECORD");
      expect(await codeOf(() => fromRecord(bytes.slice(0, length % bytes.length)))).toBe("CORRUPT_RECORD");
    }),
  );

  trial(
    "that no checksum sees: nothing else comes of it",
    { kind: "inputs", short: 200, long: 5_000 },
    fc.asyncProperty(
      anyValue,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      async (value, changes) => {
        const bytes = (await devalue.dumps(value)).slice();
        for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
        expect(await codeOf(() => devalue.loads(bytes))).toMatch(/^(none|SERIALIZATION|UNSUPPORTED_RECORD)$/);
      },
    ),
  );
});

describe("any bytes are a typed error or a value", () => {
  const begun = fc
    .tuple(fc.constantFrom([], [1, 0, 0, 0, 2, 0, 0, 0], [1, 1, 0, 0, 9, 0, 0, 0]), fc.uint8Array())
    .map(([head, rest]) => Uint8Array.from([...head, ...rest]));

  trial(
    "read as a record: an error",
    { kind: "inputs", short: 100, long: 5_000 },
    fc.asyncProperty(fc.uint8Array(), fc.boolean(), async (bytes, magic) => {
      if (magic) bytes.set([0x52, 0x50, 0x52, 0x53].slice(0, bytes.length));
      expect(await codeOf(() => decodeRecord(bytes))).toBe("CORRUPT_RECORD");
      expect(await codeOf(() => decodeHead(bytes))).toBe("CORRUPT_RECORD");
    }),
  );

  trial(
    "read by every serializer",
    { kind: "inputs", short: 50, long: 5_000 },
    fc.asyncProperty(begun, async (bytes) => {
      for (const serializer of [devalue, json, compressed]) {
        expect(await codeOf(() => serializer.loads(bytes))).toMatch(/^(none|SERIALIZATION|UNSUPPORTED_RECORD)$/);
      }
    }),
  );

  const head = fc.oneof(
    anyText,
    fc.json(),
    fc
      .dictionary(fc.constantFrom("storageKey", "createdAt", "serializer", "size"), fc.jsonValue())
      .map((fields) => JSON.stringify(fields)),
  );
  trial(
    "read as a head with the right checksum",
    { kind: "inputs", short: 100, long: 5_000 },
    fc.asyncProperty(head, fc.nat(255), async (text, version) => {
      expect(await codeOf(() => decodeRecord(sealRecord(text, new Uint8Array(0), version)))).toMatch(
        /^(CORRUPT|UNSUPPORTED)_RECORD$/,
      );
    }),
  );
});
