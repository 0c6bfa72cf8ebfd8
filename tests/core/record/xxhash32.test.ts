import * as fc from "fast-check";
import { xxHash32 as reference } from "js-xxhash";
import { expect, test } from "vitest";
import { xxHash32 } from "../../../src/core/record/xxhash32.ts";

const encoder = new TextEncoder();

test.each([
  ["", 0x02cc5d05],
  ["a", 0x550d7456],
  ["abc", 0x32d153ff],
  ["Nobody inspects the spammish repetition", 0xe2293b2f],
])("the published hash of %j", (text, hash) => {
  expect(xxHash32(encoder.encode(text))).toBe(hash);
});

test("the same hash as another implementation, for any bytes anywhere in a buffer", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(7), (bytes, offset) => {
      const around = new Uint8Array(offset + bytes.length);
      around.set(bytes, offset);
      expect(xxHash32(around.subarray(offset))).toBe(reference(bytes));
    }),
  );
});
