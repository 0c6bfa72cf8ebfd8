import * as fc from "fast-check";
import { expect } from "vitest";
import { DevalueSerializer } from "../../../src/core/serializers/devalue/devalue-serializer.ts";
import { encrypted } from "../../../src/core/serializers/encrypted.ts";
import { difference } from "../../../src/testing/cases/difference.ts";
import { trial } from "../../trials/trial.ts";
import { codeOf } from "../record/record-tools.ts";
import { anyText, anyValue } from "./arbitraries.ts";
import { createKey } from "./encryption-tools.ts";

const keys = { one: await createKey(), two: await createKey() };
const serializer = encrypted(new DevalueSerializer(), { keys, current: "one" });
const refusals = /^(SERIALIZATION|UNSUPPORTED_RECORD)$/;
const anyKey = anyText.map((text) => `k${text.toWellFormed()}`);

trial(
  "any value comes back, under its own key alone",
  { kind: "inputs", short: 50, long: 5_000 },
  fc.asyncProperty(anyValue, anyKey, anyKey, async (value, key, other) => {
    const bytes = await serializer.dumps(value, { key });
    expect(difference(value, await serializer.loads(bytes, { key }))).toBeUndefined();
    if (other !== key) expect(await codeOf(() => serializer.loads(bytes, { key: other }))).toBe("SERIALIZATION");
  }),
);

trial(
  "any flipped bit and any cut of the encrypted bytes is refused",
  { kind: "inputs", short: 100, long: 5_000 },
  fc.asyncProperty(anyValue, fc.nat(), fc.nat(7), fc.nat(), async (value, place, bit, length) => {
    const bytes = await serializer.dumps(value, { key: "k" });
    const flipped = bytes.slice();
    flipped[place % bytes.length]! ^= 1 << bit;
    expect(await codeOf(() => serializer.loads(flipped, { key: "k" }))).toMatch(refusals);
    const cut = bytes.subarray(0, length % bytes.length);
    expect(await codeOf(() => serializer.loads(cut, { key: "k" }))).toBe("SERIALIZATION");
  }),
);

trial(
  "any bytes are refused",
  { kind: "inputs", short: 100, long: 5_000 },
  fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.boolean(), async (bytes, hasHeader) => {
    const given = hasHeader ? Uint8Array.from([1, 3, 0x6f, 0x6e, 0x65, ...bytes]) : bytes;
    expect(await codeOf(() => serializer.loads(given, { key: "k" }))).toMatch(refusals);
  }),
);
