import * as fc from "fast-check";
import { expect } from "vitest";
import "../../../src/core/context/built-in-serializers.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { ResultRecord } from "../../../src/core/record/result-record.ts";
import { readPrefectRecord, writePrefectRecord } from "../../../src/prefect/index.ts";
import { difference } from "../../../src/testing/cases/difference.ts";
import { change, changed } from "../../trials/hostile-texts.ts";
import { type HostileReading, readHostile } from "../../trials/reading.ts";
import { trial } from "../../trials/trial.ts";
import { encoder, someMetadata } from "../record/record-tools.ts";
import { jsonValue } from "../serializers/arbitraries.ts";

const files = import.meta.glob<Uint8Array<ArrayBuffer>>("../../golden/prefect/*.record", {
  query: "?bytes",
  import: "default",
  eager: true,
});
const golden = fc.constantFrom(...Object.values(files)).map((bytes) => Uint8Array.from(bytes));

const codes = /^(CORRUPT|UNSUPPORTED)_RECORD$/;
const whole: HostileReading = { codes, read: async (bytes) => (await readPrefectRecord(bytes)).result };
/** The file as both parts of a split record. */
const parts: HostileReading = { codes, read: async (bytes) => (await readPrefectRecord(bytes, bytes)).result };

trial(
  "any JSON value comes back from a file of Prefect's",
  { kind: "inputs", short: 100, long: 5_000 },
  fc.asyncProperty(jsonValue, async (value) => {
    const record = new ResultRecord({ ...someMetadata, serializer: { type: "json" } }, new JsonSerializer(), { value });
    expect(difference((await readPrefectRecord(await writePrefectRecord(record))).result, value)).toBeUndefined();
  }),
);

trial(
  "a file of Prefect's with other fields is a value or a typed error, and its metadata can be written again",
  { kind: "inputs", short: 100, long: 5_000 },
  fc.asyncProperty(golden, fc.array(change, { minLength: 1, maxLength: 3 }), async (bytes, changes) => {
    const file = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    const hostile = encoder.encode(JSON.stringify(changes.reduce((all, each) => changed(all, each) ?? null, file)));
    await readHostile(parts, hostile);
    const read = await readHostile({ codes, read: readPrefectRecord }, hostile);
    if (!("value" in read)) return;
    const record = read.value as ResultRecord;
    await readHostile(
      { codes: /^(UNSUPPORTED_RECORD|SERIALIZATION|INVALID_ARGUMENT)$/, read: () => writePrefectRecord(record) },
      hostile,
    );
  }),
);

trial(
  "a damaged file of Prefect's is a value or a typed error",
  { kind: "inputs", short: 100, long: 5_000 },
  fc.asyncProperty(
    golden,
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
    fc.nat(),
    async (bytes, changes, cut) => {
      const hostile = bytes.slice();
      for (const [place, byte] of changes) hostile[place % bytes.length] = byte;
      for (const reading of [whole, parts]) await readHostile(reading, hostile);
      await readHostile(whole, hostile.subarray(0, cut % bytes.length));
    },
  ),
);
