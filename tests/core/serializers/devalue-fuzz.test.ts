import { describe, expect, test } from "vitest";
import { DevalueSerializer } from "../../../src/core/serializers/devalue/devalue-serializer.ts";
import { codeOf } from "../record/record-tools.ts";
import { devalueBody } from "../record/hostile-records.ts";

class Point {
  x = 1;
}
class Secret {
  readonly word: unknown;
  constructor(word: unknown) {
    this.word = word;
  }
}

const serializer = new DevalueSerializer({
  classes: {
    Point,
    Secret: { class: Secret, dump: ({ word }: Secret) => [word], load: ([word]: [unknown]) => new Secret(word) },
  },
});

function samples(): Record<string, unknown> {
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

const odd: readonly unknown[] = [
  null,
  true,
  -1,
  -7,
  0,
  1,
  3,
  0.5,
  2 ** 31,
  2 ** 32 - 1,
  1e300,
  "",
  "5",
  "__proto__",
  "constructor",
  [],
  {},
  [0],
  ["$", 0],
  { toString: 1 },
  { length: 1e9 },
];

/** Calls `use` with the whole once for every part of it, while that part is replaced by each odd value or left out. */
async function eachChange(whole: unknown, use: () => Promise<void>): Promise<void> {
  if (typeof whole !== "object" || whole === null) return;
  const parts = whole as Record<string, unknown>;
  for (const key of Object.keys(parts)) {
    const part = parts[key];
    await eachChange(part, use);
    for (const value of odd) {
      parts[key] = value;
      await use();
    }
    parts[key] = part;
    if (!Array.isArray(whole)) continue;
    const [removed] = whole.splice(Number(key), 1) as unknown[];
    await use();
    whole.splice(Number(key), 0, removed);
  }
}

describe("a body with any one token changed is a value or a typed error", () => {
  for (const [name, sample] of Object.entries(samples())) {
    test(name, async () => {
      const bytes = await serializer.dumps(sample);
      const textEnd = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
      const text = JSON.parse(new TextDecoder().decode(bytes.subarray(8, textEnd))) as unknown;
      const memory = bytes.subarray(Math.ceil(textEnd / 8) * 8);
      let count = 0;
      await eachChange(text, async () => {
        count++;
        const changed = JSON.stringify(text);
        const code = await codeOf(() => serializer.loads(devalueBody(changed, memory)));
        if (!/^(none|SERIALIZATION|UNSUPPORTED_RECORD)$/.test(code)) throw new Error(`${code} of ${changed}`);
      });
      expect(count).toBeGreaterThan(100);
      expect({}).not.toHaveProperty("a");
      expect(await codeOf(() => serializer.loads(devalueBody(JSON.stringify(text), memory)))).toBe("none");
    });
  }
});
