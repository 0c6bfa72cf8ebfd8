import { describe, expect, test } from "vitest";
import { DevalueSerializer } from "../../../src/core/serializers/devalue/devalue-serializer.ts";
import { SerializationError, UnsupportedRecordError } from "../../../src/errors/index.ts";
import { difference } from "../../../src/testing/cases/difference.ts";
import { encoder } from "../record/record-tools.ts";

const serializer = new DevalueSerializer();
const decoder = new TextDecoder();

async function readBack<T>(value: T, by = serializer): Promise<T> {
  return by.loads(await by.dumps(value)) as T;
}

function contains(bytes: Uint8Array, text: string): boolean {
  return decoder.decode(bytes).includes(text);
}

/** `test` in runtimes that have what it is about. */
const where = (name: string): ((title: string, run: () => unknown) => void) => (name in globalThis ? test : () => {});

describe("memory", () => {
  test("is written as it is, each piece at a multiple of 8, and not as base64", async () => {
    const bytes = await serializer.dumps({ a: encoder.encode("first piece"), b: encoder.encode("second piece") });
    const at = ["first piece", "second piece"].map((text) => decoder.decode(bytes).indexOf(text));
    expect(at.every((offset) => offset > 0 && offset % 8 === 0)).toBe(true);
  });

  test("is read as views into the bytes, without a copy", async () => {
    const bytes = await serializer.dumps({ grid: new Float64Array([1, 2, 3]) });
    const { grid } = serializer.loads(bytes) as { grid: Float64Array };
    expect(grid).toEqual(new Float64Array([1, 2, 3]));
    expect(grid.buffer).toBe(bytes.buffer);
  });

  test("that a view doesn't show is not written", async () => {
    const pool = encoder.encode("secret in front, shown, secret behind");
    const shown = pool.subarray(17, 22);
    const bytes = await serializer.dumps([shown, pool.subarray(19, 20)]);
    expect(contains(bytes, "shown")).toBe(true);
    expect(contains(bytes, "secret")).toBe(false);
    expect(bytes.length).toBeLessThan(100);
  });

  test("that views share is shared after reading", async () => {
    const numbers = new Float64Array([0, 1, 2, 3, 4, 5]);
    const [left, right, bytes] = await readBack([
      numbers.subarray(1, 4),
      numbers.subarray(3, 6),
      new Uint8Array(numbers.buffer, 16, 8),
    ] as const);
    expect([...left]).toEqual([1, 2, 3]);
    right[0] = 7;
    expect(left[2]).toBe(7);
    bytes.fill(0);
    expect([...left]).toEqual([1, 0, 7]);
  });

  test("of a whole buffer is copied out, and its views stay its views", async () => {
    const buffer = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer;
    const bytes = await serializer.dumps({
      early: new Uint8Array(buffer, 2, 2),
      buffer,
      late: new Uint16Array(buffer),
    });
    const back = serializer.loads(bytes) as { early: Uint8Array; buffer: ArrayBuffer; late: Uint16Array };
    expect(back.buffer).not.toBe(bytes.buffer);
    expect(back.buffer.byteLength).toBe(8);
    expect(back.early.buffer).toBe(back.buffer);
    expect(back.late.buffer).toBe(back.buffer);
    expect([...back.early]).toEqual([3, 4]);
  });

  test("of one view that occurs twice is one view", async () => {
    const view = new Int32Array([1]);
    const [first, second] = await readBack([view, view] as const);
    expect(first).toBe(second);
  });

  test("of a resizable buffer stays resizable", async () => {
    const buffer = new ArrayBuffer(4, { maxByteLength: 16 });
    const back = await readBack({ buffer, view: new Uint8Array(buffer, 1, 2) });
    expect(back.buffer.maxByteLength).toBe(16);
    expect(back.view).toHaveLength(2);
  });

  where("Buffer")("of a Buffer is read as a Uint8Array", async () => {
    expect(await readBack<Uint8Array>(Buffer.from("abc"))).toEqual(encoder.encode("abc"));
  });

  test("that has been transferred away is refused", () => {
    const view = new Uint8Array(8);
    structuredClone(view, { transfer: [view.buffer] });
    expect(() => serializer.dumps({ a: [view] })).toThrow(
      expect.objectContaining({ code: "SERIALIZATION", path: "$.a[0]" }) as Error,
    );
  });
});

// Bun gives files no class of their own, and text in them a charset
describe.skipIf("Bun" in globalThis)("files", () => {
  test("come back with their bytes, type, name and time", async () => {
    const file = new File(["contents"], "ünï.txt", { type: "text/plain", lastModified: 1_700_000_000_000 });
    const back = await readBack({ file, again: file, blob: new Blob([Uint8Array.of(0, 255)], { type: "image/x" }) });
    expect(back.file).toBeInstanceOf(File);
    expect([back.file.name, back.file.type, back.file.lastModified]).toEqual([
      "ünï.txt",
      "text/plain",
      1_700_000_000_000,
    ]);
    expect(await back.file.text()).toBe("contents");
    expect(back.again).toBe(back.file);
    expect(back.blob).not.toBeInstanceOf(File);
    expect(back.blob.type).toBe("image/x");
    expect(new Uint8Array(await back.blob.arrayBuffer())).toEqual(Uint8Array.of(0, 255));
  });
});

describe("while a file is read", () => {
  test("memory that changes or moves away is written as it was", async () => {
    const numbers = Float64Array.of(1, 2, 3, 4);
    const moved = Uint8Array.of(5, 6, 7, 8);
    const shown = { file: new Blob(["slow"]), late: numbers.subarray(1, 3), whole: numbers.subarray(2), moved };
    const pending = serializer.dumps(shown);
    numbers.fill(0);
    structuredClone(moved, { transfer: [moved.buffer] });
    const back = serializer.loads(await pending) as typeof shown;
    expect([...back.late, ...back.whole, ...back.moved]).toEqual([2, 3, 3, 4, 5, 6, 7, 8]);
    expect(back.late.buffer).toBe(back.whole.buffer);
    expect(await back.file.text()).toBe("slow");
  });

  test("a file that can't be read is named by its path", async () => {
    const file = new Blob(["gone"]);
    const broken = Object.assign(new Error("gone"), { name: "NotReadableError" });
    const { arrayBuffer } = Blob.prototype;
    Blob.prototype.arrayBuffer = () => Promise.reject(broken);
    try {
      await expect(serializer.dumps({ files: [file] })).rejects.toMatchObject({
        code: "SERIALIZATION",
        path: "$.files[0]",
        cause: broken,
      });
    } finally {
      Blob.prototype.arrayBuffer = arrayBuffer;
    }
  });
});

describe("errors", () => {
  test("are real ones, of their own type", async () => {
    for (const Type of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
      const error = new Type("what happened");
      const back = await readBack(error);
      expect(back).toBeInstanceOf(Type);
      expect(Object.prototype.toString.call(back)).toBe("[object Error]");
      expect(difference(error, back)).toBeUndefined();
    }
  });

  test("keep what was hung on them, and what doesn't show stays so", async () => {
    const error = Object.assign(new Error("no", { cause: new Map([["why", 1n]]) }), { status: 404, name: "NotFound" });
    const back = await readBack(error);
    expect(difference(error, back)).toBeUndefined();
    expect(Object.keys(back)).toEqual(["status", "name"]);
    expect(Object.getOwnPropertyDescriptor(back, "message")).toMatchObject({ enumerable: false, writable: true });
  });

  test("may be their own cause", async () => {
    const error = new AggregateError([], "round");
    error.errors.push({ error });
    error.cause = error;
    const back = await readBack({ error });
    expect(back.error.cause).toBe(back.error);
    expect((back.error.errors[0] as { error: unknown }).error).toBe(back.error);
  });

  test("of the DOM keep name and message", async () => {
    const back = await readBack(new DOMException("stop", "AbortError"));
    expect(back).toBeInstanceOf(DOMException);
    expect([back.name, back.message]).toEqual(["AbortError", "stop"]);
  });

  test("of the DOM keep a stack that shows", async () => {
    const error = Object.defineProperty(new DOMException("stop"), "stack", { value: "here", enumerable: true });
    expect(Object.entries(await readBack(error))).toContainEqual(["stack", "here"]);
  });
});

describe("classes", () => {
  class Point {
    readonly x: number;
    neighbour: Point | undefined;

    constructor(x: number) {
      this.x = x;
    }

    get double(): number {
      return this.x * 2;
    }
  }
  class Secret {
    readonly #word: string;

    constructor(word: string) {
      this.#word = word;
    }

    get word(): string {
      return this.#word;
    }
  }
  class HttpError extends Error {
    readonly status = 404;
  }
  const secretCodec = {
    class: Secret,
    dump: (secret: Secret) => ({ word: [secret.word] }),
    load: ({ word }: { word: [string] }) => new Secret(word[0]),
  };
  const registered = new DevalueSerializer({ classes: { Point, Secret: secretCodec, HttpError } });

  test("that are registered come back as instances", async () => {
    const back = await readBack({ point: new Point(2) }, registered);
    expect(back.point).toBeInstanceOf(Point);
    expect(back.point.double).toBe(4);
  });

  test("may be part of a cycle", async () => {
    const point = new Point(1);
    point.neighbour = point;
    const back = await readBack(point, registered);
    expect(back.neighbour).toBe(back);
  });

  test("are taken apart and put together their own way", async () => {
    const secret = new Secret("hush");
    const back = await readBack(new Map([[secret, [secret]]]), registered);
    const [[key, [member]]] = [...back] as [[Secret, [Secret]]];
    expect(key.word).toBe("hush");
    expect(member).toBe(key);
  });

  test("of errors come back as real errors", async () => {
    const error = new HttpError("gone", { cause: 1 });
    const back = await readBack(error, registered);
    expect(back).toBeInstanceOf(HttpError);
    expect(Object.prototype.toString.call(back)).toBe("[object Error]");
    expect(difference(error, back)).toBeUndefined();
  });

  test("with a load of their own can't be reached from themselves: refused on writing", () => {
    const secret = new Secret("a");
    const cyclic = new DevalueSerializer({ classes: { Secret: { ...secretCodec, dump: () => ({ list: [secret] }) } } });
    expect(() => cyclic.dumps({ secret })).toThrow(SerializationError);
    expect(() => cyclic.dumps({ secret })).toThrow(/"Secret"/);
  });

  test("keep hidden properties, or give them to their load", async () => {
    const point = Object.defineProperty(new Point(1), "hidden", { value: new Set([2]) });
    const back = await readBack(point, registered);
    expect(Object.getOwnPropertyDescriptor(back, "hidden")).toMatchObject({ value: new Set([2]), enumerable: false });
    const load = (data: object) => Object.assign(new Point(0), data);
    const loading = new DevalueSerializer({ classes: { Point: { class: Point, load } } });
    expect(await readBack(point, loading)).toMatchObject({ x: 1, hidden: new Set([2]) });
  });

  class Names extends Array<string> {}
  class Table extends Map<string, number> {}
  class Tagged extends Set<number> {
    override get [Symbol.toStringTag](): string {
      return "Tagged";
    }
  }
  class Matrix extends Float64Array {}
  class Day extends Date {}
  class Stop extends DOMException {}
  test.each([[Names], [Table], [Tagged], [Matrix], [Day], [Stop], [URLSearchParams]])(
    "that extend a built-in one need a dump: %o",
    (Class: new () => object) => {
      const given = new DevalueSerializer({ classes: { Class } });
      expect(() => given.dumps({ a: [new Class()] })).toThrow(
        expect.objectContaining({
          path: "$.a[0]",
          message: expect.stringContaining("extends a built-in class and needs a `dump`") as string,
        }),
      );
    },
  );

  test("that extend a built-in one are carried by their dump", async () => {
    const dump = (table: Table) => [...table];
    const load = (entries: [string, number][]) => new Table(entries);
    const tables = new DevalueSerializer({ classes: { Table: { class: Table, dump, load } } });
    expect(await readBack(new Table([["a", 1]]), tables)).toEqual(new Table([["a", 1]]));
  });

  test("that a page has as a global are like others", async () => {
    Object.assign(globalThis, { Point });
    try {
      expect(await readBack(new Point(3), registered)).toBeInstanceOf(Point);
    } finally {
      Reflect.deleteProperty(globalThis, "Point");
    }
  });

  test("with symbols as keys are refused", () => {
    const point = Object.assign(new Point(1), { [Symbol("s")]: 1 });
    expect(() => registered.dumps([point])).toThrow(/an instance of Point with properties of its own at \$\[0\]/);
  });

  test("that the reader wasn't given are unsupported, by name", async () => {
    const bytes = await registered.dumps({ point: new Point(1) });
    expect(() => serializer.loads(bytes)).toThrow(UnsupportedRecordError);
    expect(() => serializer.loads(bytes)).toThrow(
      'an instance of "Point", a class that is not registered: use new DevalueSerializer({ classes: { Point } })',
    );
  });
});

describe("refused, with the path to it", () => {
  class Unregistered {
    readonly x = 1;
  }
  class MyMap extends Map {}
  class MyError extends Error {}
  const shared = () => new SharedArrayBuffer(8);

  test.each<[string, () => unknown]>([
    ["$", () => () => 1],
    ["$.a[3].b", () => ({ a: [0, 1, 2, { b: Symbol("s") }] })],
    ['$.map.get("k")', () => ({ map: new Map([["k", () => 1]]) })],
    ["$.map.get(1).x", () => ({ map: new Map([[1, { x: () => 1 }]]) })],
    ["$.map.keys()[0].x", () => ({ map: new Map([[{ x: () => 1 }, 1]]) })],
    ["$.set.values()[1]", () => ({ set: new Set([1, Symbol("s")]) })],
    ['$["a b"]', () => ({ "a b": new Unregistered() })],
    ["$.list[0]", () => ({ list: [new MyMap()] })],
    ["$.promise", () => ({ promise: Promise.resolve() })],
    ["$.weak", () => ({ weak: new WeakMap() })],
    ["$.error.cause.fn", () => ({ error: new Error("x", { cause: { fn: () => 1 } }) })],
    ["$.error.errors[0]", () => ({ error: new AggregateError([() => 1]) })],
    ["$.mine", () => ({ mine: new MyError("x") })],
    ["$.symbols", () => ({ symbols: { [Symbol("s")]: 1 } })],
    ["$.tagged", () => ({ tagged: { [Symbol.toStringTag]: "Date" } })],
    ["$.proxy", () => ({ proxy: Object.create({ inherited: 1 }) as object })],
    ["$.match.extra", () => ({ match: Object.assign("x".match(/x/)!, { extra: () => 1 }) })],
  ])("%s", (path, build) => {
    expect(() => serializer.dumps(build())).toThrow(expect.objectContaining({ code: "SERIALIZATION", path }) as Error);
  });

  test("a promise, with what to do about it", () => {
    expect(() => serializer.dumps({ later: Promise.resolve(1) })).toThrow(
      /promise, which has to be awaited first, at \$\.later$/,
    );
  });

  where("SharedArrayBuffer")("memory that is shared with other threads", () => {
    for (const value of [shared(), new Uint8Array(shared())]) {
      expect(() => serializer.dumps({ value })).toThrow(expect.objectContaining({ path: "$.value" }) as Error);
    }
  });

  test("what throws when it is read, with its error as the cause", () => {
    const cause = new RangeError("not today");
    const value = {
      list: [
        {
          get broken(): never {
            throw cause;
          },
        },
      ],
    };
    expect(() => serializer.dumps(value)).toThrow(
      expect.objectContaining({ code: "SERIALIZATION", path: "$.list[0].broken", cause }) as Error,
    );
  });

  test("an instance whose class is not registered, with the code that registers it", () => {
    expect(() => serializer.dumps({ a: new Unregistered() })).toThrow(
      "Can't serialize an instance of Unregistered, a class that is not registered, at $.a: use new DevalueSerializer({ classes: { Unregistered } })",
    );
    const nameless = Object.create({ inherited: 1 }) as object;
    expect(() => serializer.dumps(nameless)).toThrow(/an instance of a class, .* classes: { … } }\)$/);
  });

  test("an instance of a built-in class, with the code that registers it", () => {
    expect(() => serializer.dumps({ a: new Headers() })).toThrow(
      "Can't serialize an instance of Headers, a built-in class that needs a `dump`, at $.a: use new DevalueSerializer({ classes: { Headers: { class: Headers, dump, load } } })",
    );
  });

  test("what is given for a class and is none", () => {
    expect(() => new DevalueSerializer({ classes: { Point: "Point" as never } })).toThrow(
      "classes.Point has to be a class, or { class, dump, load }; got string",
    );
  });

  test("what is nested too deeply for this runtime", () => {
    let deep: unknown = [];
    for (let i = 0; i < 1_000_000; i++) deep = [deep];
    expect(() => serializer.dumps(deep)).toThrow(SerializationError);
  });
});

describe("values that take far longer to read than to write", () => {
  const params = (pairs: number) => new URLSearchParams("a&".repeat(pairs));
  const patterns = (count: number) => Array.from({ length: count }, () => new RegExp("a".repeat(1_024), "u"));
  const blobs = (count: number) => Array.from({ length: count }, () => new Blob());

  test("are read again up to their bounds", async () => {
    const value = { digits: -(10n ** 99_000n), params: params(90_000), patterns: patterns(32), blobs: blobs(4_096) };
    const back = await readBack(value);
    expect(back.digits).toBe(value.digits);
    expect(back.params.size).toBe(90_000);
    expect(back.patterns[31]).toEqual(value.patterns[31]);
    expect(back.blobs).toHaveLength(4_096);
  });

  test.each<[string, () => unknown]>([
    ["$.digits", () => ({ digits: 10n ** 100_001n })],
    ["$.params", () => ({ params: params(100_001) })],
    ["$.lists[1]", () => ({ lists: [params(60_000), params(60_000)] })],
    ["$.patterns[32]", () => ({ patterns: patterns(33) })],
  ])("are refused beyond them, with the path: %s", (path, build) => {
    expect(() => serializer.dumps(build())).toThrow(/beyond the bounds of a record/);
    expect(() => serializer.dumps(build())).toThrow(expect.objectContaining({ code: "SERIALIZATION", path }) as Error);
  });

  test("are refused beyond them, if there are too many blobs", () => {
    expect(() => serializer.dumps(blobs(4_097))).toThrow(/a Blob beyond the bounds of a record at \$\[4096\]/);
  });

  test("are arrays whose length takes no memory, if they are sparse", async () => {
    const sparse: unknown[] = [1];
    sparse.length = 2 ** 32 - 1;
    const match = Object.assign("a".match(/a/)!, { length: 2 ** 31 });
    for (const value of [sparse, match]) {
      const bytes = await serializer.dumps(value);
      expect(bytes.length).toBeLessThan(200);
      expect((serializer.loads(bytes) as unknown[]).length).toBe(value.length);
    }
  });
});

describe("bytes from elsewhere", () => {
  const written = (value: unknown) => serializer.dumps(value) as Uint8Array;
  const craft = (text: string) => {
    const bytes = new Uint8Array(8 + encoder.encode(text).length);
    bytes.set([1, 1]);
    new DataView(bytes.buffer).setUint32(4, bytes.length - 8, true);
    bytes.set(encoder.encode(text), 8);
    return bytes;
  };

  test("of a later version of the notation, or another notation, are unsupported by number", () => {
    for (const place of [0, 1]) {
      const bytes = written([1]);
      bytes[place] = 77;
      expect(() => serializer.loads(bytes)).toThrow(UnsupportedRecordError);
      expect(() => serializer.loads(bytes)).toThrow(/77/);
    }
  });

  test("never reach a prototype", () => {
    const hostile = [
      '[[["$",1],[2,3,3,4,5],"error",0,{"__proto__":6},{},{"polluted":7},true],[],[]]',
      '[[["$",1],[2,3,4,5],"object","",false,["Map",6,7],"__proto__",{"polluted":8},true],[],[]]',
      '[[{"__proto__":1},{"polluted":2},true],[],[]]',
      '[[["$",1],[2,3,4,5],"class","__proto__",0,{}],[],[]]',
      '[[["$",1],[2,3,4,5],"error","Function",0,{}],[],[]]',
    ];
    for (const text of hostile) {
      let made: unknown;
      try {
        made = serializer.loads(craft(text));
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/SERIALIZATION|UNSUPPORTED_RECORD/) as string });
      }
      expect((made as { polluted?: unknown } | undefined)?.polluted).toBeUndefined();
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    }
  });

  test("name no memory outside of them", () => {
    const outside = [
      '["Uint8Array",0,0,9]',
      '["Uint8Array",0,-8,8]',
      '["Uint8Array",1,0,8]',
      '["Function",0,0,8]',
      '["Uint8Array",0,0.5,8]',
    ];
    for (const entry of outside) {
      const text = `[[["$",1],1],[${entry}],[8]]`;
      const bytes = craft(text + " ".repeat(-text.length & 7));
      const around = new Uint8Array(bytes.length + 64).fill(9);
      around.set(bytes);
      expect(() => serializer.loads(around.subarray(0, bytes.length + 8))).toThrow(SerializationError);
    }
  });

  test("with something that this runtime doesn't have are unsupported, by name", () => {
    const missing = ["ImageData", "Temporal"].filter((name) => !(name in globalThis));
    const texts: Record<string, string> = {
      ImageData:
        '[[["$",1],[2,3,4],"imagedata","",{"data":5,"width":6,"height":6},["$",6],1],[["Uint8ClampedArray",0,0,0]],[0]]',
      Temporal: '[[["Temporal.PlainDate","2026-01-02"]],[],[]]',
    };
    for (const name of missing) {
      expect(() => serializer.loads(craft(texts[name]!))).toThrow(UnsupportedRecordError);
      expect(() => serializer.loads(craft(texts[name]!))).toThrow(new RegExp(name));
    }
  });
});

describe("where the platform has it", () => {
  where("ImageData")("ImageData", async () => {
    const image = new ImageData(
      Uint8ClampedArray.from({ length: 16 }, (_, i) => i),
      2,
      2,
      { colorSpace: "display-p3" },
    );
    const back = await readBack(image);
    expect(back).toBeInstanceOf(ImageData);
    // Firefox 140 and WebKit 2.50 know no colour spaces
    expect([back.width, back.height, back.colorSpace]).toEqual([2, 2, image.colorSpace]);
    expect([...back.data]).toEqual([...image.data]);
  });

  where("Float16Array")("Float16Array", async () => {
    const halves = new Float16Array([1.5, -0, 65_504]);
    expect(difference(halves, await readBack(halves))).toBeUndefined();
  });

  where("Temporal")("Temporal", async () => {
    const times = [
      Temporal.Instant.from("2026-01-02T03:04:05.000000006Z"),
      Temporal.PlainDate.from("2026-01-02"),
      Temporal.ZonedDateTime.from("2026-01-02T03:04[Europe/Berlin]"),
      Temporal.Duration.from("P1DT2H"),
    ];
    expect(difference(times, await readBack(times))).toBeUndefined();
  });
});

test.each([-0, Number.NaN, Infinity, undefined, 1n, Object.assign([], { length: 1 })])(
  "%s among plain JSON survives",
  async (odd) => {
    const value = { rows: [{ n: 1, odd }] };
    expect(difference(value, await readBack(value))).toBeUndefined();
  },
);

test("an object that occurs twice among plain JSON stays one", async () => {
  const row = { n: 1 };
  const back = await readBack([row, row]);
  expect(back[0]).toBe(back[1]);
});

test("plain JSON is JSON text behind eight bytes", async () => {
  const value = { rows: [{ a: 1, b: null }], text: "<ü>" };
  expect(decoder.decode((await serializer.dumps(value)).subarray(8))).toBe(JSON.stringify(value));
});

describe("documented as left out", () => {
  test("are hidden properties of arrays, and methods and symbols that a platform hides in errors", async () => {
    const hide = (base: object, key: string | symbol, value: unknown) => Object.defineProperty(base, key, { value });
    expect(Reflect.ownKeys(await readBack(hide([1n], "hidden", 1)))).toEqual(["0", "length"]);
    const error = hide(
      hide(new Error("x"), "toString", () => ""),
      Symbol("isNodeError"),
      true,
    );
    const own = Reflect.ownKeys(new Error("x"));
    expect(new Set(Reflect.ownKeys(await readBack(error)))).toEqual(new Set([...own, "stack"]));
  });

  test("are properties of large typed arrays, while those of small ones are refused", async () => {
    const named = (length: number) => Object.assign(new Uint8Array(length), { unit: "m" });
    expect(await readBack(named(1_001))).toEqual(new Uint8Array(1_001));
    expect(() => serializer.dumps([named(1_000)])).toThrow(/properties of its own at \$\[0\]/);
  });

  test("is that an object was frozen, and that a view follows its buffer", async () => {
    const buffer = new ArrayBuffer(2, { maxByteLength: 4 });
    const back = await readBack(Object.freeze({ list: Object.freeze([1n]), buffer, view: new Uint8Array(buffer) }));
    expect([Object.isFrozen(back), Object.isFrozen(back.list)]).toEqual([false, false]);
    back.buffer.resize(4);
    expect(back.view).toHaveLength(2);
  });
});

test("a polyfill that is a global counts as the platform's", async () => {
  if ("Temporal" in globalThis) return;
  class Instant {
    static from(text: string): Instant {
      return new Instant(text);
    }
    readonly #text: string;
    constructor(text: string) {
      this.#text = text;
    }
    toString(): string {
      return this.#text;
    }
    get [Symbol.toStringTag](): string {
      return "Temporal.Instant";
    }
  }
  expect(() => serializer.dumps(new Instant("a"))).toThrow(SerializationError);
  Object.assign(globalThis, { Temporal: { Instant } });
  try {
    const back = await readBack(new Instant("b"));
    expect(back).toBeInstanceOf(Instant);
    expect(String(back)).toBe("b");
  } finally {
    Reflect.deleteProperty(globalThis, "Temporal");
  }
});
