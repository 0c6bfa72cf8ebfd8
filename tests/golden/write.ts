/**
 * Writes the golden records that are missing: `node tests/golden/write.ts`, with Node 24. Those that are there are left alone, for they stand
 * for what was once written.
 */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { encodeRecord } from "../../src/core/record/record-format.ts";
import { goldenMetadata, goldenSerializer, goldenValues } from "./values.ts";

/** As much of what Node doesn't have as writing needs. */
class ImageData {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly colorSpace: string;

  constructor(data: Uint8ClampedArray, width: number, height: number, settings: { colorSpace: string }) {
    this.data = data;
    this.width = width;
    this.height = height;
    this.colorSpace = settings.colorSpace;
  }

  get [Symbol.toStringTag](): string {
    return "ImageData";
  }
}

const temporalTypes = [
  "Duration",
  "Instant",
  "PlainDate",
  "PlainDateTime",
  "PlainMonthDay",
  "PlainTime",
  "PlainYearMonth",
  "ZonedDateTime",
];

function standInForTemporal(name: string): [string, unknown] {
  const type = {
    [name]: class {
      readonly #text: string;

      constructor(text: string) {
        this.#text = text;
      }

      static from(text: string): unknown {
        return new this(text);
      }

      toString(): string {
        return this.#text;
      }

      get [Symbol.toStringTag](): string {
        return `Temporal.${name}`;
      }
    },
  };
  return [name, type[name]];
}

for (const [name, standIn] of Object.entries({
  ImageData,
  Temporal: Object.fromEntries(temporalTypes.map(standInForTemporal)),
})) {
  if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value: standIn });
}

for (const [name, { build, serializer = goldenSerializer }] of Object.entries(goldenValues)) {
  const file = new URL(`${name}.rprs`, import.meta.url);
  const metadata = goldenMetadata(name, serializer);
  if (!existsSync(file)) {
    const body = await serializer.dumps(build(), { key: metadata.storageKey });
    await writeFile(file, encodeRecord(metadata, body).bytes);
  }
}
