import { dequal } from "dequal";
import { asyncProperty, jsonValue } from "fast-check";
import { expect } from "vitest";
import { hashValue } from "../../../src/core/keys/hash.ts";
import { trial } from "../../trials/trial.ts";

const json = jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

trial(
  "JSON values have one hash exactly when they are deeply equal",
  { kind: "inputs", short: 100, long: 5_000 },
  asyncProperty(json, json, async (a, b) => {
    expect((await hashValue(a)) === (await hashValue(b))).toBe(dequal(a, b));
    expect(await hashValue(a)).toBe(await hashValue(structuredClone(a)));
  }),
);
