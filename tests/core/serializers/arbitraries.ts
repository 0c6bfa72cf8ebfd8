import * as fc from "fast-check";
import type { ResultRecordMetadata } from "../../../src/core/record/result-record-metadata.ts";

/** Any string, lone surrogates and `__proto__` included. */
export const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 4 }),
  fc.constantFrom("__proto__", "constructor", "toString", "length", "then", "$", ""),
);

const primitive = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.boolean(),
  anyText,
  fc.constantFrom(undefined, null, -0, Number.NaN, Infinity, -Infinity),
);

const views = [
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

/** Windows of one buffer, which may overlap, and perhaps the buffer itself. */
const memory = fc
  .record({
    bytes: fc.uint8Array({ maxLength: 64 }),
    windows: fc.array(fc.record({ View: fc.constantFrom(...views), from: fc.nat(64), length: fc.nat(16) }), {
      maxLength: 4,
    }),
    whole: fc.boolean(),
  })
  .map(({ bytes, windows, whole }) => {
    const { buffer } = new Uint8Array(bytes);
    const parts = windows.map(({ View, from, length }) => {
      const size = View.BYTES_PER_ELEMENT;
      const start = Math.min(from - (from % size), buffer.byteLength - (buffer.byteLength % size));
      return new View(buffer, start, Math.min(length, Math.floor((buffer.byteLength - start) / size)));
    });
    return whole ? [...parts, buffer, new DataView(buffer)] : parts;
  });

const anyDate = fc.date({ noInvalidDate: false });
const pattern = fc.record({
  source: fc.constantFrom("a", "[<]\\/", "(?<x>.)"),
  flags: fc.constantFrom("", "g", "giu", "y"),
  at: fc.nat(5),
});
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: primitive },
  { weight: 1, arbitrary: anyDate },
  { weight: 1, arbitrary: memory },
  {
    weight: 1,
    arbitrary: pattern.map(({ source, flags, at }) => Object.assign(new RegExp(source, flags), { lastIndex: at })),
  },
  { weight: 1, arbitrary: fc.webUrl().map((url) => new URL(url)) },
  {
    weight: 1,
    arbitrary: fc.oneof(fc.double(), fc.boolean(), fc.string(), fc.bigInt()).map((value): unknown => Object(value)),
  },
);

const entries = (value: fc.Arbitrary<unknown>) => fc.array(fc.tuple(anyText, value), { maxLength: 5 });

const bare = (pairs: [string, unknown][]): object => {
  const object = Object.create(null) as object;
  for (const [key, value] of pairs)
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  return object;
};

function withStack(error: Error): Error {
  return Object.defineProperty(error, "stack", {
    value: "Error\n    at somewhere:1:2",
    writable: true,
    configurable: true,
  });
}

/** Its message, cause and stack are its own; the rest shows. Runtimes take long to tell a real stack. */
const failure = (value: fc.Arbitrary<unknown>) =>
  fc
    .record({
      Type: fc.constantFrom(Error, TypeError, RangeError),
      message: anyText,
      cause: fc.option(value),
      status: fc.option(value),
    })
    .map(({ Type, message, cause, status }) => {
      const error = withStack(cause === null ? new Type(message) : new Type(message, { cause }));
      return status === null ? error : Object.assign(error, { status });
    });

const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("tree"), { maxLength: 5 }),
    entries(tie("tree")).map((pairs) => Object.fromEntries(pairs)),
    entries(tie("tree")).map(bare),
    fc.array(fc.tuple(tie("tree"), tie("tree")), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    fc.array(tie("tree"), { maxLength: 4 }).map((members) => new Set(members)),
    fc.sparseArray(tie("tree"), { maxLength: 20 }),
    failure(tie("tree")),
  ),
}));

/** Anything that the format carries, with references that repeat and lead back. */
export const anyValue: fc.Arbitrary<unknown> = fc
  .record({ parts: fc.array(tree, { minLength: 1, maxLength: 4 }), again: fc.array(fc.nat(3)), round: fc.boolean() })
  .map(({ parts, again, round }) => {
    if (parts.length === 1 && again.length === 0) return parts[0];
    const whole: Record<string, unknown> = { parts, again: again.map((i) => parts[i % parts.length]) };
    return round
      ? Object.assign(whole, {
          whole,
          map: new Map([[whole, new Set([whole])]]),
          error: withStack(new Error("round", { cause: whole })),
        })
      : whole;
  });

/** What `JSON` carries. */
export const jsonValue = fc.jsonValue({ maxDepth: 4, stringUnit: "binary" });

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const time = fc.date({ noInvalidDate: true });

export const anyMetadata: fc.Arbitrary<ResultRecordMetadata> = fc
  .record({
    storageKey: fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
    createdAt: time,
    expiration: optional(time),
    serializer: fc.record({ type: fc.string(), level: fc.nat() }),
    libraryVersion: fc.string(),
    storageId: optional(fc.string()),
    token: optional(fc.maxSafeNat()),
  })
  .map(({ expiration, storageId, token, ...required }) => ({
    ...required,
    ...(expiration && { expiration }),
    ...(storageId !== undefined && { storageId }),
    ...(token !== undefined && { token }),
  }));
