import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CompressedSerializer } from "../../../src/core/serializers/compressed-serializer.ts";
import { DevalueSerializer } from "../../../src/core/serializers/devalue/devalue-serializer.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import type { Serializer } from "../../../src/core/serializers/serializer.ts";
import { pythonJson } from "../../../src/prefect/python-json.ts";
import { difference } from "../../../src/testing/cases/difference.ts";
import { change, changed, grammaticalBody } from "../../trials/hostile-texts.ts";
import { type HostileReading, readHostile } from "../../trials/reading.ts";
import { trial } from "../../trials/trial.ts";
import { devalueBody } from "../record/hostile-records.ts";
import { codeOf } from "../record/record-tools.ts";
import { classes, samples } from "./hostile-samples.ts";

const codes = /^(SERIALIZATION|UNSUPPORTED_RECORD)$/;
const devalue = new DevalueSerializer({ classes });
const json = new JsonSerializer();
const compressed = new CompressedSerializer({ serializer: devalue });
const compressedJson = new CompressedSerializer({ serializer: json, format: "deflate" });

const reading = (serializer: Serializer): HostileReading => ({ read: (bytes) => serializer.loads(bytes), codes });

/** Reads hostile bytes twice, writes the value, and reads it again: all of them are the same value, or typed errors. */
async function tryBody(serializer: Serializer, bytes: Uint8Array): Promise<void> {
  const first = await readHostile(reading(serializer), bytes);
  if (!("value" in first)) return;
  expect(difference(first.value, await serializer.loads(bytes))).toBeUndefined();
  let written: Uint8Array;
  try {
    written = await serializer.dumps(first.value);
  } catch (error) {
    expect(error).toMatchObject({ code: "SERIALIZATION" });
    return;
  }
  expect(difference(first.value, await serializer.loads(written))).toBeUndefined();
}

trial(
  "a body of the default notation that means anything is the same value each time, or a typed error",
  { kind: "inputs", short: 150, long: 10_000 },
  fc.asyncProperty(grammaticalBody, (bytes) => tryBody(devalue, bytes)),
);

const written = await Promise.all(
  Object.entries(samples()).map(async ([name, sample]) => {
    const bytes = await devalue.dumps(sample);
    const textEnd = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
    const text = JSON.parse(new TextDecoder().decode(bytes.subarray(8, textEnd))) as object;
    return { name, text, mode: bytes[1]!, memory: bytes.subarray(Math.ceil(textEnd / 8) * 8) };
  }),
);

trial(
  "a body whose text was changed in some places is the same value each time, or a typed error",
  { kind: "inputs", short: 200, long: 10_000 },
  fc.asyncProperty(
    fc.constantFrom(...written),
    fc.array(change, { minLength: 1, maxLength: 3 }),
    ({ text, mode, memory }, changes) =>
      tryBody(
        devalue,
        devalueBody(
          changes.reduce<unknown>((whole, each) => changed(whole, each) ?? null, text) as object,
          memory,
          mode,
        ),
      ),
  ),
);

test.each(written)("a body that was not changed is read: $name", async ({ text, mode, memory }) => {
  expect(await codeOf(() => devalue.loads(devalueBody(text, memory, mode)))).toBe("none");
});

const jsonText = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.stringMatching(/^[[\]{}:,"0-9eE+\-.a-zNI \\\n]{0,40}$/),
  fc.tuple(fc.constantFrom("[", '{"a":', "[[", '{"__proto__":'), fc.nat(30_000)).map(([open, n]) => open.repeat(n)),
  fc.nat(30_000).map((n) => "[".repeat(n) + "]".repeat(n)),
  fc.json().map((text) => text.replace(/\d+/, "NaN").replace(/true/, "-Infinity")),
);

describe("a text that is JSON, or nearly so, is a value or a typed error", () => {
  for (const [name, serializer] of Object.entries({ json, pythonJson })) {
    trial(
      `read by ${name}`,
      { kind: "inputs", short: 30, long: 5_000 },
      fc.asyncProperty(jsonText, async (text) => {
        const outcome = await readHostile(reading(serializer), new TextEncoder().encode(text));
        if (name === "json") expect("value" in outcome).toBe(isJson(text));
      }),
    );
  }
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const patch = fc.tuple(fc.nat(), fc.nat(255));

trial(
  "compressed bytes with changes, cuts and additions are a value or a typed error",
  { kind: "inputs", short: 30, long: 5_000 },
  fc.asyncProperty(
    fc.constantFrom<Serializer>(compressed, compressedJson),
    fc.jsonValue(),
    fc.array(patch, { maxLength: 3 }),
    fc.option(fc.nat()),
    fc.uint8Array({ maxLength: 4 }),
    async (serializer, value, changes, cut, more) => {
      const bytes = (await serializer.dumps(value)).slice();
      for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
      const kept = cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
      await readHostile(reading(serializer), Uint8Array.from([...kept, ...more]));
    },
  ),
);
