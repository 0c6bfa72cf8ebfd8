import type { RegisteredClass } from "../../../src/core/serializers/devalue/class-codecs.ts";

class Point {
  x = 1;
}
class Secret {
  readonly word: unknown;
  constructor(word: unknown) {
    this.word = word;
  }
}

/** A class of each kind. */
export const classes: Readonly<Record<string, RegisteredClass>> = {
  Point,
  Secret: { class: Secret, dump: ({ word }: Secret) => [word], load: ([word]: [unknown]) => new Secret(word) },
};

/** Values with every kind of part that a body may have. */
export function samples(): Record<string, unknown> {
  const buffer = new ArrayBuffer(24);
  const cyclic: { self?: unknown; list: unknown[] } = { list: [1, "a", Array(3)] };
  cyclic.self = cyclic;
  const sticky = /(?<year>\d+)/gu;
  sticky.lastIndex = 3;
  return {
    memory: [buffer, new Uint8Array(buffer, 4, 5), new Float64Array(2), new DataView(buffer, 8), new ArrayBuffer(2)],
    blobs: [new Blob(["abc"], { type: "text/plain" }), new File(["defg"], "a.txt", { lastModified: 1 })],
    errors: new AggregateError([new TypeError("a", { cause: new RangeError("b") })], "c"),
    collections: new Map<unknown, unknown>([
      [new Set([1n, undefined, Number.NaN, -0]), new Date(0)],
      [{ a: Object(1n) as unknown, b: Object.create(null) as unknown }, [new Date(Number.NaN), Infinity]],
    ]),
    patterns: [sticky, /a/g, new URL("https://a.example/b?c=d"), new URLSearchParams("a=b&c=d")],
    match: "in 2026".match(/(?<year>\d+)/),
    sparse: Object.assign([], { 5_000: "x" }),
    proto: [JSON.parse('{"__proto__":{"a":1},"b":2}'), new Map()],
    classes: [new Point(), new Secret({ deep: ["word"] }), new DOMException("a", "AbortError")],
    cyclic,
  };
}
