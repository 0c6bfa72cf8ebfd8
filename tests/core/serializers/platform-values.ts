/** Builders of one value each, by what the value is. Each runs where the platform has the type. */
export type Builders = Readonly<Record<string, () => unknown>>;

const resizable = (length: number, maxByteLength: number) => new ArrayBuffer(length, { maxByteLength });
const streams = () => new ReadableStream();
const scope = globalThis as unknown as Record<string, new (...args: unknown[]) => object>;
const make = (name: string, ...args: unknown[]) => new scope[name]!(...args);

/** Types that structured clone carries as data, and types of which the library promises the same. */
export const carried: Builders = {
  "an array": () => [1, "a", [2]],
  "an array with holes": () => Object.assign([1], { 2: 3, length: 4 }),
  "a hole and a property": () => Object.assign([], { 1: 1, unit: "m" }),
  "a long sparse array": () => Object.assign([], { 4_000_000_000: 1 }),
  "an array of undefined": () => [undefined, 1],
  "an array with properties": () => Object.assign([1, 2], { unit: "m", "1.5": 1, "-1": 2, "01": 3, 4294967295: 4 }),
  "an array with a hidden element and a property": () =>
    Object.assign(Object.defineProperty([1], 0, { enumerable: false }), { unit: 2 }),
  "an array with the key 1.5": () => Object.assign([1, 2], { "1.5": 1 }),
  "an empty array with a property": () => Object.assign([], { "0.0": 1 }),
  "a match": () => /(?<y>\d+)(?<n>x)?/d.exec("a12"),
  "matches of a list": () => [..."a1b2".matchAll(/(?<y>\d)/dg)],
  "a plain object": () => ({ a: 1, b: { c: [null] } }),
  "an object with a key toJSON": () => ({ toJSON: "data", rows: [{ toJSON: null }] }),
  "an object with a key then": () => JSON.parse('{"then":1}') as unknown,
  "an object with a key __proto__": () => JSON.parse('{"__proto__":{"a":1},"b":2}') as unknown,
  "an object without prototype": () => Object.assign(Object.create(null) as object, { a: undefined }),
  "an object with a getter": () => ({
    get at() {
      return new Map([[1, -0]]);
    },
  }),
  "a hidden property": () =>
    Object.defineProperty({ a: 1 }, "hidden", { value: [2], writable: true, configurable: true }),
  "a frozen object": () => Object.freeze({ a: Object.freeze([1]) }),
  "shared references": () => {
    const shared = { list: [1] };
    return [shared, shared, new Map([[shared, shared.list]])];
  },
  primitives: () => [undefined, null, true, "", "\ud800", 0, -0, Number.NaN, -Infinity, 2n ** 70n],
  "boxed primitives": () => [0, -0, Number.NaN, "text", true, -1n].map((each): unknown => Object(each)),
  dates: () => [new Date(0), new Date(Number.NaN), new Date(8.64e15)],
  patterns: () => [/a/dgimsuy, new RegExp("[\\n]", "v"), new RegExp("\n"), Object.assign(/x/g, { lastIndex: 2 })],
  "a pattern at -0": () => Object.assign(/x/, { lastIndex: -0 }),
  "a map": () => new Map<unknown, unknown>([[Number.NaN, 0], [{}, new Map()], [undefined, -0]]), // prettier-ignore
  "a set": () => new Set<unknown>([Number.NaN, "", new Set()]),
  memory: () => {
    const buffer = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer;
    return [buffer, new Uint8Array(buffer, 1, 3), new DataView(buffer, 2), new Float32Array(buffer), new Int16Array(0)];
  },
  "resizable memory": () => {
    const buffer = resizable(8, 16);
    return [buffer, new Uint8Array(buffer), new Uint16Array(buffer, 2), new DataView(buffer, 8)];
  },
  errors: () => [
    new Error("plain"),
    new TypeError("caused", { cause: undefined }),
    new AggregateError([1, new Error("inner")], "many"),
    Object.assign(new RangeError("status"), { status: 404, name: "Named" }),
    Object.assign(new Error(), { message: { a: 1 }, stack: undefined, cause: null }),
  ],
  "an error without stack": () => {
    const error = new Error("none");
    delete error.stack;
    return error;
  },
  "an error with getters": () => {
    const get = (value: unknown) => ({ get: () => value, configurable: true });
    return Object.defineProperties(new Error("replaced"), {
      message: get("got"),
      cause: get(new Map()),
      name: get("Own"),
    });
  },
  "an error with a hidden property": () =>
    Object.defineProperty(new Error("x"), "code", { value: [7], configurable: true, writable: true }),
  "an error of a rejected address": () => {
    try {
      return new URL("nowhere");
    } catch (error) {
      return error;
    }
  },
  "an error of the DOM": () => Object.assign(new DOMException("stop", "AbortError"), { extra: 1 }),
  addresses: () => [new URL("https://a.example/?q=1#h"), new URLSearchParams("a=1&a=2&b=")],
  SuppressedError: () => make("SuppressedError", new Error("late"), { why: 1 }, "both"),
  Float16Array: () => make("Float16Array", [1.5, -0]),
  Temporal: () => [
    Temporal.Duration.from({ milliseconds: 1_500, minutes: 90 }),
    Temporal.PlainDate.from("2026-01-02[u-ca=hebrew]"),
    Temporal.ZonedDateTime.from("1900-01-01T00:00[Europe/Amsterdam]"),
  ],
};

/** Classes of the page's own, where classic scripts have theirs. */
const globals = Object.fromEntries(
  [Map, URL, Blob, DataView, URLSearchParams, DOMException].map((Base) => [
    `Own${Base.name}`,
    { [`Own${Base.name}`]: class extends (Base as unknown as new (...args: unknown[]) => object) {} }[
      `Own${Base.name}`
    ]!,
  ]),
);
Object.assign(globalThis, globals);

/** Types that have more than data, or no way back. */
export const refused: Builders = {
  "a function": () => () => 1,
  "a symbol": () => Symbol("s"),
  "a boxed symbol": () => Object(Symbol("s")) as unknown,
  arguments: function () {
    return arguments;
  },
  "a promise": () => Promise.resolve(),
  "a thenable": () => Object.fromEntries(["then"].map((name) => [name, () => 1])),
  toJSON: () => ({ toJSON: () => 1 }),
  WeakMap: () => new WeakMap(),
  WeakRef: () => new WeakRef({}),
  "a generator": () => (function* () {})(),
  "an iterator": () => [1].values(),
  Intl: () => new Intl.NumberFormat("en"),
  Math: () => Math,
  SharedArrayBuffer: () => make("SharedArrayBuffer", 8, { maxByteLength: 16 }),
  "a view of SharedArrayBuffer": () => new Uint8Array(make("SharedArrayBuffer", 8) as SharedArrayBuffer),
  "detached memory": () => detached(new ArrayBuffer(8)),
  "a view of detached memory": () => view(Uint8Array, detached),
  "a DataView of detached memory": () => view(DataView, detached),
  "a view out of bounds": () => view(Float64Array, (buffer) => buffer.resize(12)),
  "a DataView out of bounds": () => view(DataView, (buffer) => buffer.resize(4)),
  "an own class": () => new (class Point { x = 1; })(), // prettier-ignore
  "an own class with toJSON": () => new (class Point { toJSON() { return 1; } })(), // prettier-ignore
  "an own class with the name and tag of another": () => new (class Map { get [Symbol.toStringTag]() { return "Map"; } *[Symbol.iterator]() {} })(), // prettier-ignore
  "a map that is none": () => Object.create(Map.prototype) as unknown,
  "a date that is none": () => Object.create(Date.prototype) as unknown,
  "an error that is none": () => Object.create(Error.prototype) as unknown,
  "an array that is none": () => Object.setPrototypeOf({ a: 1 }, Array.prototype) as unknown,
  "an object that is an array": () => Object.setPrototypeOf([1], Object.prototype) as unknown,
  "an object that is a date": () => Object.setPrototypeOf(new Date(), Object.prototype) as unknown,
  "an object that is an error": () => Object.setPrototypeOf(new Error("x"), null) as unknown,
  ...Object.fromEntries(
    [
      Array,
      Map,
      Set,
      Date,
      RegExp,
      Error,
      TypeError,
      Number,
      String,
      Boolean,
      ArrayBuffer,
      Uint8Array,
      URL,
      Blob,
      Promise,
    ].map((Base) => [
      `a subclass of ${Base.name}`,
      () => subclass(Base as never, "Own", Base === Promise ? () => {} : "https://a.example"),
    ]),
  ),
  "a global subclass of Map": () => new globals["OwnMap"]!([[1, 2]]),
  "a global subclass of URL": () => new globals["OwnURL"]!("https://a.example"),
  "a global subclass of Blob": () => new globals["OwnBlob"]!(["a"]),
  "a global subclass of DataView": () => new globals["OwnDataView"]!(new ArrayBuffer(8)),
  "a global subclass of URLSearchParams": () => new globals["OwnURLSearchParams"]!("a=1"),
  "a global subclass of DOMException": () => new globals["OwnDOMException"]!("a"),
  "a subclass behind a proxy": () => {
    class Own extends Map {}
    const Shown = new Proxy(Own, {});
    Own.prototype.constructor = Shown;
    return new Shown();
  },
  "a Map of the name Buffer": () => subclass(Map, "Buffer"),
  "a Uint8Array of the name Buffer": () => subclass(Uint8Array, "Buffer"),
  "a pattern at a place that is no number": () => Object.assign(/x/, { lastIndex: { place: 1 } }),
  "an error whose cause is a function": () => new Error("x", { cause: () => 1 }),
  "a day of a month in another year": () => new Temporal.PlainMonthDay(2, 28, "iso8601", 2001),
  "a month with another day": () => new Temporal.PlainYearMonth(2026, 2, "iso8601", 15),
  "a subclass with the name of its base": () => subclass(Map, "Map"),
  "an error class with the name of a built-in": () => subclass(Error, "TypeError"),
  Response: () => new Response("x"),
  Headers: () => new Headers(),
  FormData: () => new FormData(),
  Request: () => new Request("https://a.example"),
  ReadableStream: streams,
  AbortController: () => new AbortController(),
  Event: () => new Event("x"),
  MessageChannel: () => make("MessageChannel"),
  DOMRect: () => make("DOMRect", 1, 2, 3, 4),
  DOMMatrix: () => make("DOMMatrix"),
  DOMPoint: () => make("DOMPoint", 1),
  OffscreenCanvas: () => make("OffscreenCanvas", 1, 1),
  document: () => (globalThis as unknown as { document: unknown }).document,
  globalThis: () => globalThis,
};

function subclass(Base: new (...args: never[]) => object, name: string, ...args: unknown[]): object {
  const Own = { [name]: class extends Base {} }[name]!;
  const list = Base === (Blob as never) ? [] : args;
  return new Own(...(list as never[]));
}

function detached(buffer: ArrayBuffer): ArrayBuffer {
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

function view(
  View: new (buffer: ArrayBuffer, from: number, length: number) => object,
  change: (buffer: ArrayBuffer) => unknown,
): object {
  const buffer = resizable(32, 64);
  const made = new View(buffer, 8, 1);
  change(buffer);
  return made;
}

/** One value of each type that may be given own properties. */
export const bases: Builders = {
  array: () => [1, 2],
  "sparse array": () => Object.assign([1], { 2: 3 }),
  object: () => ({ a: 1 }),
  "object without prototype": () => Object.create(null) as unknown,
  match: () => /a(?<b>.)/.exec("ab"),
  map: () => new Map([[1, 2]]),
  set: () => new Set([1]),
  date: () => new Date(0),
  pattern: () => /x/g,
  number: () => Object(1) as unknown,
  text: () => Object("ab") as unknown,
  boolean: () => Object(true) as unknown,
  bigint: () => Object(1n) as unknown,
  "typed array": () => new Float32Array([1, 2]),
  "data view": () => new DataView(new ArrayBuffer(2)),
  buffer: () => new ArrayBuffer(2),
  error: () => new TypeError("x", { cause: 1 }),
  "DOM error": () => new DOMException("x", "AbortError"),
  url: () => new URL("https://a.example"),
  parameters: () => new URLSearchParams("a=1"),
  blob: () => new Blob(["a"]),
  "part of a blob": () => new Blob(["abc"]).slice(1),
  file: () => new File(["a"], "n"),
  image: () => make("ImageData", 1, 1),
  duration: () => Temporal.Duration.from("PT1S"),
};

/** Ways to give an object a property. */
export const decorations: Readonly<Record<string, (base: object) => object>> = {
  "an own property": (base) => Object.assign(base, { unit: "m" }),
  "an own property with a name of its class": (base) =>
    Object.defineProperty(base, "name", { value: "own", enumerable: true, writable: true, configurable: true }),
  "a property with a number as its name": (base) => Object.assign(base, { 99: 1 }),
  "a getter": (base) =>
    Object.defineProperty(base, "got", { get: () => new Set([1]), enumerable: true, configurable: true }),
  "a method": (base) => Object.assign(base, { method: () => 1 }),
  "a symbol": (base) => Object.assign(base, { [Symbol("s")]: 1 }),
  "a tag": (base) => Object.assign(base, { [Symbol.toStringTag]: "Set" }),
  toJSON: (base) => Object.assign(base, { toJSON: () => 1 }),
};

/** The builders whose types this runtime has. */
export function here(builders: Builders): [string, () => unknown][] {
  return Object.entries(builders).filter(([, build]) => {
    try {
      return build() !== undefined;
    } catch {
      return false;
    }
  });
}
