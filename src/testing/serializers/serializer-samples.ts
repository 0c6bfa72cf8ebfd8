/** A family of values that a serializer can claim to support. Every serializer has to support plain JSON. */
export type SampleFamily =
  | "undefined"
  | "numbers"
  | "bigint"
  | "dates"
  | "regular expressions"
  | "collections"
  | "binary"
  | "errors"
  | "references"
  | "boxed"
  | "sparse arrays"
  | "urls"
  | "null prototype"
  | "own __proto__"
  | "lone surrogates";

/** A value that every serializer supports. */
export const jsonSample = (): unknown => ({
  text: 'quotes " and \\, ünïcödé, 😀, \u0000, \u2028',
  numbers: [0, 1, -1.5, 1e300, 5e-324],
  nested: { list: [[], {}, [true, false, null]], "": "an empty key", "1": "a number for a key" },
});

/** Fresh values each time, so that a test may change them. */
export const samples: Readonly<Record<SampleFamily, () => unknown>> = {
  undefined: () => ({ a: undefined, b: [undefined] }),
  numbers: () => [Number.NaN, -0, Infinity, -Infinity],
  bigint: () => [0n, -1n, 2n ** 200n],
  dates: () => [new Date(0), new Date(-8.64e15), new Date(Number.NaN)],
  "regular expressions": () => [/a\/b/giu, Object.assign(/x/y, { lastIndex: 3 }), "xay".match(/(?<middle>a)/)],
  collections: () => [
    new Map<unknown, unknown>([
      ["k", new Set([1, "1"])],
      [{ key: 1 }, new Map()],
    ]),
    new Set(),
  ],
  binary,
  errors,
  references,
  boxed: () => [1, "text", false, 1n, -0].map((value): unknown => Object(value)),
  "sparse arrays": () => [Object.assign([], { 2: "c", length: 5 }), Object.assign([], { 100_000: 1 })],
  urls: () => [new URL("https://example.com/a?b=c#d"), new URLSearchParams("a=1&a=2")],
  "null prototype": () => Object.assign(Object.create(null) as object, { a: 1, constructor: 2 }),
  "own __proto__": () => [JSON.parse('{"__proto__":{"polluted":true},"b":1}') as unknown],
  "lone surrogates": () => ({ "\ud800": "\udfff", fine: "\ud83d\ude00" }),
};

function binary(): unknown {
  const { buffer } = Uint8Array.from({ length: 64 }, (_, i) => i);
  return {
    whole: buffer,
    window: new Uint8Array(buffer, 3, 5),
    views: [
      new Float64Array([1.5, -0]),
      new Int16Array([1, 2, 3]),
      new Uint8ClampedArray([255]),
      new BigUint64Array([2n ** 63n]),
    ],
    part: new Float32Array([1, 2, 3, 4]).subarray(1, 3),
    data: new DataView(new ArrayBuffer(6), 2),
    empty: [new ArrayBuffer(0), new Uint8Array(0)],
  };
}

function errors(): unknown {
  const error = new TypeError("no", { cause: { code: 7 } });
  return [
    error,
    new AggregateError([new RangeError("first"), "second"], "both"),
    Object.assign(new Error(), { status: 404 }),
  ];
}

function references(): unknown {
  const shared = { n: 1 };
  const cyclic: Record<string, unknown> = { left: shared, right: shared, map: new Map() };
  (cyclic["map"] as Map<string, unknown>).set("root", cyclic);
  const error = new Error("around");
  error.cause = error;
  return Object.assign(cyclic, { error });
}
