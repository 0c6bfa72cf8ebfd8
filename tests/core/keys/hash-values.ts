/** Values whose hashes are fixed for ever: a change of any means that all users' records are lost to them. */
export const goldenValues: readonly { name: string; value: () => unknown; key: string }[] = [
  {
    name: "primitives",
    value: () => ["text", 1.5, -0, Number.NaN, -Infinity, 12n, true, null, undefined],
    key: "Q5AbP1mKLDYznHqrphPi-F1_RWUjoyhJKmAsgQrs2B4",
  },
  {
    name: "an object, its keys in the order of code units",
    value: () => ({ z: 1, Z: 2, ä: 3, "10": 4, "9": 5, nested: { b: [], a: {} } }),
    key: "FxnliuuIsQmwL8IW9PHj6aOHny1wsHrkkO1NR-DFtU4",
  },
  {
    name: "a lone surrogate",
    value: () => ["\ud800", { "\udfff": "😀" }],
    key: "0i4p1KNl2CO6z4EYDyRQh42wde6kXq4l3JGnDlC9dO0",
  },
  {
    name: "holes",
    value: () => Object.assign(holes(5), { 1: 1 }),
    key: "zO0_KfXw4heKjsux76d_JiGubPIJBzg0-s00DzU8co0",
  },
  {
    name: "a Map and a Set",
    value: () =>
      new Map<unknown, unknown>([
        ["set", new Set([3, 1, 2])],
        [{ k: 1 }, new Map()],
      ]),
    key: "ytGVRYHihewG75D0kmIl_r1nYhbUH_WO6UAC-4FhWBY",
  },
  {
    name: "a Date and a RegExp",
    value: () => [new Date(86_400_000), new Date(Number.NaN), /a+\/b/giu],
    key: "QkZmTfi6sk_SsOBtZhHy0CPNGN2hBee78Hcf9cqcOx4",
  },
  {
    name: "boxed primitives",
    value: (): unknown[] => [Object(1), Object("a"), Object(true), Object(1n)],
    key: "voVL64fhf6xjzKHiAnL6dhAViqrCGiCci6adPVrI6dg",
  },
  {
    name: "URLs",
    value: () => [new URL("https://example.com/ä?b=1#c"), new URLSearchParams("b=1&a=2")],
    key: "oIFmafxudLV-05Uf6KNwi3f3BwF1uZ7Qdaorm7lIukE",
  },
  {
    name: "errors",
    value: () => [
      new TypeError("no", { cause: new Error("why") }),
      new AggregateError([1], "all"),
      new DOMException("stop", "AbortError"),
    ],
    key: "TEasEsl4NYoZTwrZARVIM4Qzp_28zRVFyUJukRc89cY",
  },
  {
    name: "small binaries",
    value: () => [
      new Uint8Array([0, 128, 255]),
      new Float64Array([1.5, -0]),
      new BigInt64Array([-1n]),
      new DataView(new ArrayBuffer(2)),
      new ArrayBuffer(3),
    ],
    key: "S5DeCVbrT6M4J6r05trtBt-pmiIJKHJFzAoEucT5VcM",
  },
  {
    name: "a big binary",
    value: () => ({ grid: bigBytes(), width: 50 }),
    key: "uuugZtrhw-ZOr2ex_dwmZGNogt6GKZGTuw9i8WbqSn0",
  },
  { name: "a cycle", value: () => cycle("a"), key: "TVLTWxiRilf49cftLOfCODoJfVmzwqTj9QYW9QFiZqQ" },
  { name: "a long text", value: () => ["ä😀".repeat(2_000)], key: "XUKeolEMEEZEMT_VjVQr_nDv06oRboFljFeidCEVzyg" },
];

export function holes(length: number): unknown[] {
  const array: unknown[] = [];
  array.length = length;
  return array;
}

export function bigBytes(): Uint8Array {
  return Uint8Array.from({ length: 10_000 }, (_, i) => i * 31);
}

export function cycle(name: string): unknown {
  const parent: Record<string, unknown> = { name };
  parent["children"] = [{ parent }, { parent }];
  parent["self"] = parent;
  return parent;
}

/** No two of these may have the same hash. */
export function distinctValues(): readonly (readonly [name: string, value: unknown])[] {
  return [
    ...distinctPrimitives,
    ...distinctContainers(),
    ...distinctBuiltIns(),
    ...distinctBinaries(),
    ...distinctTemporals(),
  ];
}

const distinctPrimitives: readonly (readonly [string, unknown])[] = [
  ["1", 1],
  ["'1'", "1"],
  ["1n", 1n],
  ["true", true],
  ["'true'", "true"],
  ["0", 0],
  ["-0", -0],
  ["null", null],
  ["'null'", "null"],
  ["undefined", undefined],
  ["NaN", Number.NaN],
  ["'NaN'", "NaN"],
  ["Infinity", Infinity],
  ["''", ""],
  ["'a'", "a"],
  ["1e21", 1e21],
  ["1e21n", 10n ** 21n],
  ["\ud800", "\ud800"],
  ["\ud801", "\ud801"],
  ["U+FFFD", "\ufffd"],
  ["é in one", "\u00e9"],
  ["é in two", "e\u0301"],
];

function distinctContainers(): readonly (readonly [string, unknown])[] {
  const shared = {};
  const loop: unknown[] = [];
  loop.push(loop);
  const twoLoops: unknown[] = [[]];
  (twoLoops[0] as unknown[]).push(twoLoops);
  return [
    ["[]", []],
    ["{}", {}],
    ["empty Map", new Map()],
    ["empty Set", new Set()],
    ["[1]", [1]],
    ["[[1]]", [[1]]],
    ["['1']", ["1"]],
    ["[1, 2]", [1, 2]],
    ["[12]", [12]],
    ["[2, 1]", [2, 1]],
    ["['a', 'b']", ["a", "b"]],
    ["['a,b']", ["a,b"]],
    ["[hole]", holes(1)],
    ["[undefined]", [undefined]],
    ["[null]", [null]],
    ["[hole, 1]", Object.assign(holes(2), { 1: 1 })],
    ["{ 1: 1 }", { 1: 1 }],
    ["array with a property", Object.assign([1], { index: 1 })],
    ["2 holes", holes(2)],
    ["many holes", holes(4e9)],
    ["{ a: undefined }", { a: undefined }],
    ["{ a: null }", { a: null }],
    ["{ a: 1, b: 2 }", { a: 1, b: 2 }],
    ["{ a: { b: 2 } }", { a: { b: 2 } }],
    ["{ 'a:1,b': 2 }", { "a:1,b": 2 }],
    ["own __proto__", JSON.parse('{"__proto__": 1}')],
    ["Map a 1", new Map([["a", 1]])],
    ["Set a", new Set(["a"])],
    ["Set [a]", new Set([["a"]])],
    ["Map of Sets", new Map([["a", new Set([1])]])],
    ["loop", loop],
    ["loop of two", twoLoops],
    [
      "Map, entries crossed",
      new Map([
        ["a", 2],
        ["b", 1],
      ]),
    ],
    [
      "Map of two",
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
    ],
    ["two objects", [shared, shared]],
  ];
}

function distinctBuiltIns(): readonly (readonly [string, unknown])[] {
  const used = /a/g;
  used.test("a");
  return [
    ["Date", new Date(5)],
    ["invalid Date", new Date(Number.NaN)],
    ["5", 5],
    ["/a/", /a/],
    ["/a/g", /a/g],
    ["/a/g in use", used],
    ["'/a/'", "/a/"],
    ["boxed 1", Object(1)],
    ["boxed '1'", Object("1")],
    ["boxed true", Object(true)],
    ["boxed 1n", Object(1n)],
    ["URL", new URL("https://a.b")],
    ["URL text", "https://a.b/"],
    ["URLSearchParams", new URLSearchParams("a=1")],
    ["a=1", "a=1"],
    ["Error", new Error("a")],
    ["TypeError", new TypeError("a")],
    ["Error with cause", new Error("a", { cause: 1 })],
    ["Error with undefined cause", new Error("a", { cause: undefined })],
    ["Error with code", Object.assign(new Error("a"), { code: "E" })],
    ["AggregateError", new AggregateError([], "a")],
    ["AggregateError of one", new AggregateError([1], "a")],
    ["DOMException", new DOMException("a", "AbortError")],
    ["object like an Error", { name: "Error", message: "a" }],
    ["Blob", new Blob(["ab"])],
    ["other Blob", new Blob(["ac"])],
    ["Blob with type", new Blob(["ab"], { type: "text/plain" })],
    ["File", new File(["ab"], "a", { lastModified: 1 })],
    ["renamed File", new File(["ab"], "b", { lastModified: 1 })],
    ...(typeof ImageData === "function"
      ? ([
          ["image", new ImageData(2, 1)],
          ["image on end", new ImageData(1, 2)],
        ] as const)
      : []),
  ];
}

function distinctBinaries(): readonly (readonly [string, unknown])[] {
  const kinds = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ];
  // below and above the length from which bytes stand there by their digest
  const ofKinds = [8, 4_096].flatMap((length) => [
    ...kinds.map((Kind) => [`${Kind.name} of ${length}`, new Kind(new ArrayBuffer(length))] as const),
    [`DataView of ${length}`, new DataView(new ArrayBuffer(length))] as const,
    [`ArrayBuffer of ${length}`, new ArrayBuffer(length)] as const,
  ]);
  return [
    ...ofKinds,
    ["array of zeros", Array.from({ length: 8 }, () => 0)],
    ["-0 in Float32Array", new Float32Array([0, -0])],
    ["empty", new Uint8Array()],
  ];
}

/** Not every runtime has `Temporal` yet. */
function distinctTemporals(): readonly (readonly [string, unknown])[] {
  if (typeof Temporal === "undefined") return [];
  return [
    ["Instant 2026-01-01T00:00:00Z", Temporal.Instant.from("2026-01-01T00:00:00Z")],
    ["PlainDate 2026-01-01", Temporal.PlainDate.from("2026-01-01")],
    ["PlainDate 2026-01-01[u-ca=hebrew]", Temporal.PlainDate.from("2026-01-01[u-ca=hebrew]")],
    ["PlainDateTime 2026-01-01T00:00:00", Temporal.PlainDateTime.from("2026-01-01T00:00:00")],
    ["PlainTime 00:00:00", Temporal.PlainTime.from("00:00:00")],
    ["PlainTime 00:00:00.000000001", Temporal.PlainTime.from("00:00:00.000000001")],
    ["PlainMonthDay 01-01", Temporal.PlainMonthDay.from("01-01")],
    ["reference day 1", new Temporal.PlainYearMonth(2026, 1, "iso8601", 1)],
    ["reference day 2", new Temporal.PlainYearMonth(2026, 1, "iso8601", 2)],
    ["ZonedDateTime 2026-01-01T00:00:00+00:00[UTC]", Temporal.ZonedDateTime.from("2026-01-01T00:00:00+00:00[UTC]")],
    [
      "ZonedDateTime 2026-01-01T00:00:00+00:00[Europe/London]",
      Temporal.ZonedDateTime.from("2026-01-01T00:00:00+00:00[Europe/London]"),
    ],
    ["Duration { seconds: 1 }", Temporal.Duration.from({ seconds: 1 })],
    ["Duration { milliseconds: 1_000 }", Temporal.Duration.from({ milliseconds: 1_000 })],
    ["Duration { minutes: 1 }", Temporal.Duration.from({ minutes: 1 })],
    ["Duration { seconds: 60 }", Temporal.Duration.from({ seconds: 60 })],
  ];
}
