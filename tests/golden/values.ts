import type { ResultRecordMetadata } from "../../src/core/record/result-record-metadata.ts";
import type { Serializer } from "../../src/core/serializers/serializer.ts";
import { CompressedSerializer } from "../../src/core/serializers/compressed-serializer.ts";
import { DevalueSerializer } from "../../src/core/serializers/devalue/devalue-serializer.ts";
import { encrypted } from "../../src/core/serializers/encrypted.ts";
import { JsonSerializer } from "../../src/core/serializers/json-serializer.ts";

/** What stands in a golden record. It never changes: what is new gets a file of its own. */
export interface GoldenValue {
  build(): unknown;
  /** What a runtime has to have to read it. */
  needs?: "Float16Array" | "ImageData" | "Temporal";
  /** Whether today's library still has to write these very bytes. */
  sameBytes?: true;
  serializer?: Serializer;
  /** What is compared where the value itself can't be. */
  look?(value: never): Promise<unknown>;
}

export function goldenMetadata(name: string, { type, options }: Serializer): ResultRecordMetadata {
  return {
    storageKey: `golden/${name}`,
    createdAt: new Date("2026-01-02T03:04:05.678Z"),
    expiration: new Date("2126-01-02T03:04:05.678Z"),
    serializer: { type, ...options },
    libraryVersion: "0.1.0",
    storageId: "golden",
    token: 42,
  };
}

class Point {
  readonly x: number;
  readonly y: number;

  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}

class Interval {
  readonly ends: readonly [number, number];

  constructor(from: number, to: number) {
    this.ends = [from, to];
  }
}

const classes = {
  Point,
  Interval: {
    class: Interval,
    dump: ({ ends: [from, to] }: Interval) => ({ from, length: to - from }),
    load: ({ from, length }: { from: number; length: number }) => new Interval(from, from + length),
  },
};

export const goldenSerializer = new DevalueSerializer({ classes });

/** The key of the encrypted record: bytes that anybody may know. */
const goldenKey = await crypto.subtle.importKey(
  "raw",
  Uint8Array.from({ length: 32 }, (_, i) => i),
  "AES-GCM",
  false,
  ["encrypt", "decrypt"],
);

const rows = () => [
  { id: 1, name: "Ada", score: 1.5, tags: ["a", "b"], active: true, note: null },
  { id: 2, name: 'ünï "quoted" \u2028 😀 </script>', score: -2e-7, tags: [], active: false, note: { "": 0 } },
];

/** By the name of the file. */
export const goldenValues: Readonly<Record<string, GoldenValue>> = {
  "plain-json": { build: rows, sameBytes: true },
  primitives: { build: () => [undefined, Number.NaN, -0, Infinity, -Infinity, 0n, -(2n ** 70n), "\ud800", null, true] },
  undefined: { build: () => undefined },
  boxed: { build: () => [1, -0, "text", false, 7n].map((value): unknown => Object(value)) },
  dates: { build: () => [new Date(0), new Date("2026-01-02T03:04:05.678Z"), new Date(8.64e15), new Date(Number.NaN)] },
  patterns: { build: () => [/a\/[b]</giu, Object.assign(/x/y, { lastIndex: 3 }), "xay".match(/(?<middle>a)/)] },
  collections: {
    build: () =>
      new Map<unknown, unknown>([
        ["list", new Set([1, "1", new Set()])],
        [{ key: 1 }, new Map([[1, 2]])],
      ]),
  },
  "sparse-arrays": { build: () => [Object.assign([], { 2: "c", length: 5 }), Object.assign([], { 100_000: 1 })] },
  objects: {
    build: () => ({
      bare: Object.assign(Object.create(null) as object, { constructor: 1 }),
      own: JSON.parse('{"__proto__":{"polluted":true},"b":1}') as unknown,
      "\udfff": undefined,
    }),
  },
  "own-properties": {
    build: () => [
      Object.assign([1, "a"], { unit: "m", "1.5": 0 }),
      /(?<y>\d+)/d.exec("a12"),
      Object.defineProperty({ shown: 1n }, "hidden", { value: [-0], writable: true, configurable: true }),
      { toJSON: "data", other: 1n },
    ],
  },
  references: {
    build() {
      const shared = { n: 1n };
      const root = {
        left: shared,
        right: shared,
        list: [] as unknown[],
        map: new Map<unknown, unknown>(),
        set: new Set<unknown>(),
      };
      root.list.push(root);
      root.map.set(root, root.set.add(root.map));
      return root;
    },
  },
  urls: { build: () => [new URL("https://user@example.com:8080/ä?b=c#d"), new URLSearchParams("a=1&a=2")] },
  binary: { build: binary, sameBytes: true },
  "shared-memory": { build: sharedMemory, sameBytes: true },
  float16: { build: () => new Float16Array([1.5, -0, 65_504]), needs: "Float16Array" },
  errors: { build: errors },
  "dom-exception": { build: () => withStack(new DOMException("stop", "AbortError")) },
  files: {
    build: () => ({
      file: new File(["contents"], "ünï.txt", { type: "text/plain", lastModified: 1_700_000_000_000 }),
      blob: new Blob([Uint8Array.of(0, 255)], { type: "image/x" }),
    }),
    look: async ({ file, blob }: { file: File; blob: Blob }) => ({
      file: [file.name, file.type, file.lastModified, await file.text(), file instanceof File],
      blob: [blob.type, new Uint8Array(await blob.arrayBuffer()), blob instanceof Blob],
    }),
  },
  "image-data": {
    build: () =>
      new ImageData(
        Uint8ClampedArray.from({ length: 24 }, (_, i) => i * 10),
        3,
        2,
        { colorSpace: "display-p3" },
      ),
    needs: "ImageData",
    look: async ({ data, width, height, colorSpace }: ImageData) => ({ data, width, height, colorSpace }),
  },
  temporal: {
    build: () => [
      Temporal.Duration.from("P1DT2H"),
      Temporal.Instant.from("2026-01-02T03:04:05.000000006Z"),
      Temporal.PlainDate.from("2026-01-02"),
      Temporal.PlainDateTime.from("2026-01-02T03:04:05"),
      Temporal.PlainMonthDay.from("01-02"),
      Temporal.PlainTime.from("03:04:05"),
      Temporal.PlainYearMonth.from("2026-01"),
      Temporal.ZonedDateTime.from("2026-01-02T03:04:05+01:00[Europe/Berlin]"),
    ],
    needs: "Temporal",
  },
  classes: { build: () => ({ point: new Point(1, -2), intervals: [new Interval(1, 4)] }) },
  json: { build: rows, serializer: new JsonSerializer(), sameBytes: true },
  "compressed-devalue": {
    build: () => ({ many: Array.from({ length: 99 }, () => 7n), view: new Float32Array(99) }),
    serializer: new CompressedSerializer({ serializer: new DevalueSerializer() }),
  },
  "compressed-json": {
    build: rows,
    serializer: new CompressedSerializer({ serializer: new JsonSerializer(), format: "deflate" }),
  },
  encrypted: {
    build: () => ({ rows: rows(), view: new Float32Array([0.5, 1]) }),
    serializer: encrypted(new DevalueSerializer(), { keys: { "2026-11": goldenKey }, current: "2026-11" }),
  },
};

function binary(): unknown {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i);
  const views = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    BigInt64Array,
    BigUint64Array,
  ];
  return {
    integers: views.map((View) => new View(bytes.slice().buffer, 8, 2)),
    floats: [new Float32Array([0.5, -0, Infinity]), new Float64Array([Math.PI, 5e-324])],
    data: new DataView(bytes.slice().buffer, 3, 4),
    buffer: bytes.slice(0, 5).buffer,
    empty: [new ArrayBuffer(0), new Uint16Array(0)],
  };
}

function sharedMemory(): unknown {
  const numbers = new Float64Array([0, 1, 2, 3, 4, 5]);
  const { buffer } = Uint16Array.of(1, 2, 3);
  return {
    overlapping: [numbers.subarray(1, 4), numbers.subarray(3, 5), new Uint8Array(numbers.buffer, 20, 3)],
    ofBuffer: [new Uint8Array(buffer, 1, 2), buffer, new Uint16Array(buffer)],
  };
}

function errors(): unknown {
  const plain = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((Type) =>
    withStack(new Type("what")),
  );
  const round = withStack(new AggregateError([1, plain[0]], "both", { cause: "why" }));
  round.errors.push(round);
  return [...plain, round, withStack(Object.assign(new Error(), { status: 404, name: "NotFound" }))];
}

/** Errors carry their stack, which has to be the same each time. */
function withStack<E extends Error>(error: E): E {
  const value = `${error.name}: ${error.message}\n    at golden:1:1`;
  return Object.defineProperty(error, "stack", { value, configurable: true, writable: true });
}
