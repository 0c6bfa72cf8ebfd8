import { describe, expect, test } from "vitest";
import { decodeRecord, encodeRecord } from "../../../src/core/record/record-format.ts";
import { UnsupportedRecordError } from "../../../src/errors/index.ts";
import { difference } from "../../../src/testing/cases/difference.ts";
import { type GoldenValue, goldenMetadata, goldenSerializer, goldenValues } from "../../golden/values.ts";

const files = import.meta.glob<Uint8Array<ArrayBuffer>>("../../golden/*.rprs", {
  query: "?bytes",
  import: "default",
  eager: true,
});

const records = Object.entries(files).map(([path, bytes]) => {
  const name = /([^/]+)\.rprs$/.exec(path)![1]!;
  return { name, bytes: bytes.slice(), golden: goldenValues[name] as GoldenValue };
});

test("every golden record has its value beside it, and every value its record", () => {
  expect(records.map(({ name }) => name).toSorted()).toEqual(Object.keys(goldenValues).toSorted());
});

describe.each(records)("the golden record $name", ({ name, bytes, golden }) => {
  const { build, needs, look = async (value: unknown) => value, serializer = goldenSerializer } = golden;
  const metadata = goldenMetadata(name, serializer);
  const context = { key: metadata.storageKey };
  const missing = needs !== undefined && !(needs in globalThis);

  test("has its metadata", () => {
    const decoded = decodeRecord(bytes, metadata.storageKey);
    expect(decoded.metadata).toEqual({ ...metadata, size: decoded.body.length });
  });

  if (missing) {
    test("names what this runtime doesn't have", () => {
      expect(() => serializer.loads(decodeRecord(bytes).body, context)).toThrow(UnsupportedRecordError);
      expect(() => serializer.loads(decodeRecord(bytes).body, context)).toThrow(needs);
    });
  } else {
    test("is read as it was written", async () => {
      const back = await serializer.loads(decodeRecord(bytes).body, context);
      expect(difference(await look(build() as never), await look(back as never))).toBeUndefined();
    });
  }

  if (golden.sameBytes) {
    test("is written today as it was then", async () => {
      expect(encodeRecord(metadata, await serializer.dumps(build(), context)).bytes).toEqual(bytes);
    });
  }
});
