import * as fc from "fast-check";
import { xxHash32 as reference } from "js-xxhash";
import { expect } from "vitest";
import { xxHash32 } from "../../../src/core/record/xxhash32.ts";
import { trial } from "../../trials/trial.ts";

trial(
  "the same hash as another implementation, for any bytes anywhere in a buffer",
  { kind: "inputs", short: 100, long: 10_000 },
  fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(7), (bytes, offset) => {
    const around = new Uint8Array(offset + bytes.length);
    around.set(bytes, offset);
    expect(xxHash32(around.subarray(offset))).toBe(reference(bytes));
  }),
);
