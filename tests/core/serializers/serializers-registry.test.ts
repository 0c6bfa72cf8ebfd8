import { afterEach, describe, expect, test } from "vitest";
import {
  describeSerializer,
  registerSerializer,
  resolveSerializer,
  serializerFor,
} from "../../../src/core/serializers/registry.ts";
import type { Serializer } from "../../../src/core/serializers/serializer.ts";
import { CompressedSerializer } from "../../../src/core/serializers/compressed-serializer.ts";
import { DevalueSerializer } from "../../../src/core/serializers/devalue/devalue-serializer.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { UnknownSerializer } from "../../../src/core/serializers/unknown-serializer.ts";
import { ConfigurationError, UnsupportedRecordError } from "../../../src/errors/index.ts";
import "../../../src/core/context/built-in-serializers.ts";

class TextSerializer implements Serializer {
  readonly type = "text";
  readonly options: Readonly<Record<string, unknown>>;

  constructor(options: Readonly<Record<string, unknown>>) {
    this.options = options;
  }

  dumps(value: unknown): Uint8Array {
    return new TextEncoder().encode(String(value));
  }

  loads(bytes: Uint8Array): unknown {
    return new TextDecoder().decode(bytes);
  }
}

const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0).reverse()) each();
});

describe("a serializer is meant by", () => {
  test("an instance, which stays the one", () => {
    const serializer = new JsonSerializer();
    expect(resolveSerializer(serializer)).toBe(serializer);
  });

  test.each([
    ["devalue", DevalueSerializer],
    ["json", JsonSerializer],
    ["compressed/json", CompressedSerializer],
    ["compressed/devalue", CompressedSerializer],
  ])("the name %j", (type, expected) => {
    const serializer = resolveSerializer(type);
    expect(serializer).toBeInstanceOf(expected);
    expect(serializer.type).toBe(type);
  });

  test("a description, with its options", () => {
    expect(resolveSerializer({ type: "compressed/json", format: "deflate" }).options).toEqual({ format: "deflate" });
  });

  test("no unknown name: the error lists those that are known", () => {
    expect(() => resolveSerializer("pickle")).toThrow(ConfigurationError);
    expect(() => resolveSerializer("pickle")).toThrow(/"pickle".*"devalue", "json"/);
    expect(() => resolveSerializer("compressed/pickle")).toThrow(ConfigurationError);
  });
});

describe("a record's serializer", () => {
  test("is made again from its description", async () => {
    undo.push(registerSerializer("text", (options) => new TextSerializer(options)));
    const written = new CompressedSerializer({
      serializer: new TextSerializer({ accent: "grave" }),
      format: "deflate",
    });
    const description = describeSerializer(written);
    expect(description).toEqual({ type: "compressed/text", format: "deflate", serializer: { accent: "grave" } });
    const read = serializerFor(JSON.parse(JSON.stringify(description)) as typeof description);
    expect(describeSerializer(read)).toEqual(description);
    expect(await read.loads(await written.dumps("à"))).toBe("à");
  });

  test("is the store's own where that is the one described, so that its classes are known", () => {
    const own = new DevalueSerializer();
    expect(serializerFor({ type: "devalue" }, own)).toBe(own);
    expect(serializerFor({ type: "json" }, own)).toBeInstanceOf(JsonSerializer);
    const gzip = new CompressedSerializer({ serializer: new DevalueSerializer() });
    expect(serializerFor({ type: "compressed/devalue", format: "deflate" }, gzip)).not.toBe(gzip);
  });

  test.each([
    { type: "pickle", protocol: 5 },
    { type: "compressed/json", format: "lzma" },
  ])("that nobody knows, %j, keeps its description and names itself when used", (description) => {
    const serializer = serializerFor(description);
    expect(serializer).toBeInstanceOf(UnknownSerializer);
    expect(describeSerializer(serializer)).toEqual(description);
    for (const use of [() => serializer.loads(new Uint8Array(1)), () => serializer.dumps(1)]) {
      expect(use).toThrow(UnsupportedRecordError);
      expect(use).toThrow(description.type);
    }
  });
});

test("registering takes the place of what had the name, until it is undone", () => {
  const other = new JsonSerializer();
  undo.push(registerSerializer("json", () => other));
  expect(resolveSerializer("json")).toBe(other);
  undo.pop()!();
  expect(resolveSerializer("json")).not.toBe(other);
});

test("nothing is compressed twice, by instances or by names", () => {
  const gzip = new CompressedSerializer({ serializer: new JsonSerializer() });
  expect(() => new CompressedSerializer({ serializer: gzip })).toThrow(ConfigurationError);
  for (const levels of [2, 10_000]) {
    const type = `${"compressed/".repeat(levels)}json`;
    expect(() => resolveSerializer(type)).toThrow(ConfigurationError);
    expect(serializerFor({ type })).toBeInstanceOf(UnknownSerializer);
  }
});

test.each([undefined, {}, { serializer: "json" }])(
  "a compressed serializer of nothing, %j, says what it needs",
  (options) => {
    expect(() => new CompressedSerializer(options as never)).toThrow(
      expect.objectContaining({
        code: "CONFIGURATION",
        message: expect.stringContaining("new DevalueSerializer()") as string,
      }),
    );
  },
);
