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
