import { describe, expect, test } from "vitest";
import { DevalueSerializer } from "../../../src/core/serializers/devalue/devalue-serializer.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import type { Serializer } from "../../../src/core/serializers/serializer.ts";
import { SerializationError } from "../../../src/errors/index.ts";
import { pythonJson } from "../../../src/prefect/python-json.ts";
import { difference } from "../../../src/testing/cases/difference.ts";
import { bases, carried, decorations, here, refused } from "./platform-values.ts";

const devalue = new DevalueSerializer();
const serializers: readonly Serializer[] = [devalue, new JsonSerializer(), pythonJson];

async function readBack(serializer: Serializer, value: unknown): Promise<unknown> {
  return serializer.loads(await serializer.dumps(value));
}

/** "kept" if the value comes back equal, "refused" if the path to it is named, else the place of the difference. */
async function fateOf(serializer: Serializer, value: unknown): Promise<string> {
  try {
    const back = (await readBack(serializer, { it: [value] })) as { it: [unknown] };
    return (await differenceOfAny(value, back.it[0])) ?? "kept";
  } catch (error) {
    if (!(error instanceof SerializationError)) return `threw ${String(error)}`;
    return error.path?.startsWith("$.it[0]") ? "refused" : `refused at ${error.path}: ${error.message}`;
  }
}

/** Also compares symbols, hidden properties and blobs. */
async function differenceOfAny(one: unknown, other: unknown): Promise<string | undefined> {
  if (one instanceof Blob && other instanceof Blob) {
    const [left, right] = await Promise.all(
      [one, other].map(async (blob) => [blob.type, await blob.text(), (blob as File).name]),
    );
    return difference(left, right);
  }
  return difference(one, other) ?? difference(hiddenOf(one), hiddenOf(other));
}

function hiddenOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof DOMException) return [];
  const keys = Reflect.ownKeys(value).filter((key) => key !== "stack");
  const entries = keys.map((key) => [String(key), (value as Record<string | symbol, unknown>)[key]] as const);
  return entries.sort(([one], [other]) => (one < other ? -1 : 1));
}

describe("a value of the platform", () => {
  test.each(here(carried))("comes back: %s", async (_, build) => {
    expect(await fateOf(devalue, build())).toBe("kept");
  });

  test.each(here(refused))("is refused with its path: %s", async (_, build) => {
    expect(await fateOf(devalue, build())).toBe("refused");
  });

  test.each(here({ ...carried, ...refused }))("comes back from JSON or is refused: %s", async (name, build) => {
    if (name.startsWith("shared")) return;
    for (const serializer of serializers) expect(await fateOf(serializer, build())).toMatch(/^(kept|refused)$/);
  });

  test.each(here({ ...carried, ...refused }))("fares no worse than in a structured clone: %s", async (_, build) => {
    const value = build();
    // JavaScriptCore, whose errors have a line, takes minutes to clone this one
    if (Object.hasOwn(new Error(), "line") && Array.isArray(value) && value.length > 2 ** 31) return;
    let clone: unknown;
    try {
      clone = structuredClone(value);
    } catch {
      return;
    }
    if (difference(value, clone) === undefined && value !== globalThis) {
      expect(await fateOf(devalue, value)).toMatch(/^(kept|refused)$/);
    }
  });
});

test("a key toJSON is data in every serializer unless it is a function", async () => {
  for (const serializer of serializers) {
    const value = { toJSON: "data", rows: [{ toJSON: null }, { toJSON: { a: -0 } }] };
    expect(await fateOf(serializer, value)).toBe("kept");
    expect(await fateOf(serializer, { toJSON: () => 1 })).toBe("refused");
  }
});

describe("a getter", () => {
  const later = [undefined, Number.NaN, -0, new Map(), () => 1];
  test.each(later)("is called once: later it gives %s", async (other) => {
    for (const serializer of serializers) {
      let calls = 0;
      const value = {
        list: [{ get a() { return calls++ === 0 ? 1 : other; } }], // prettier-ignore
      };
      expect(await readBack(serializer, value)).toEqual({ list: [{ a: 1 }] });
      expect(calls).toBe(1);
    }
  });
});

describe("with properties of its own", () => {
  const pairs = here(bases).flatMap(([name, build]) =>
    Object.entries(decorations).map(([how, decorate]) => [name, how, () => decorate(build() as object)] as const),
  );

  test.each(pairs)("%s comes back with %s, or is refused", async (_, __, build) => {
    let value: unknown;
    try {
      value = build();
    } catch {
      return; // the class has a read-only property of this name
    }
    for (const serializer of serializers) expect(await fateOf(serializer, value)).toMatch(/^(kept|refused)$/);
  });
});

if ("document" in globalThis) {
  const build = () => ({
    list: Object.assign([1], { 2: -0, unit: "m" }),
    map: new Map([[new Date(0), new Set([/x/g])]]),
    error: Object.assign(new TypeError("no", { cause: [1n] }), { stack: "none" }),
    view: new Float32Array([1.5]),
    boxed: Object("ab") as unknown,
    own: Object.defineProperty({}, "hidden", { value: 1, writable: true, configurable: true }),
    match: /(?<y>.)/d.exec("a"),
  });

  test("a value of another realm comes back as one of this realm", async () => {
    const frame = document.createElement("iframe");
    document.body.append(frame);
    const run = (frame.contentWindow as unknown as typeof globalThis).eval;
    const foreign: unknown = run(`(${String(build)})()`);
    expect(Object.getPrototypeOf(foreign)).not.toBe(Object.prototype);
    expect(difference(await readBack(devalue, foreign), build())).toBeUndefined();
    for (const subclass of ["class Map extends globalThis.Map {}", "class TypeError extends Error {}"]) {
      expect(() => devalue.dumps([run(`new (${subclass})()`)])).toThrow(/at \$\[0\]: use new DevalueSerializer/);
    }
    frame.remove();
  });
}

test("an element with a getter is never lost, however often its value changes", async () => {
  for (const serializer of serializers) {
    for (let stable = 0; stable < 8; stable++) {
      let calls = 0;
      const value = Object.defineProperty([0], 0, { get: () => (calls++ < stable ? 1 : new Map([[1, 2]])) });
      const back = await readBack(serializer, value).catch((error: unknown) => (error as SerializationError).code);
      expect([[1], [new Map([[1, 2]])], "SERIALIZATION"]).toContainEqual(back);
    }
  }
});
