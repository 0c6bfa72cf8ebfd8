import * as fc from "fast-check";
import { devalueBody } from "../core/record/hostile-records.ts";

/** Values that a reader may take for a number, a name, an index or a list. */
export const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    -0.5,
    0,
    1,
    0.5,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53,
    1e300,
    "",
    "0",
    "5",
  ),
  fc.constantFrom<unknown>("__proto__", "constructor", "then", "toString", "length", "$", "\ud800", "a".repeat(300)),
  fc.constantFrom<unknown>([], {}, [0], [[]], ["$", 0], { toString: 1 }, { length: 1e9 }),
  fc.constant<unknown>(JSON.parse('{"__proto__":{"polluted":true},"then":1}')),
  fc.jsonValue({ maxDepth: 2 }),
);

const kinds = ["object", "array", "regexp", "error", "domexception", "duration", "imagedata", "class"];
const names = [
  "",
  "Point",
  "Secret",
  "TypeError",
  "AggregateError",
  "AbortError",
  "constructor",
  "__proto__",
  "hidden",
];
const views = ["Int8Array", "Uint8ClampedArray", "Float16Array", "Float64Array", "BigInt64Array", "DataView"];
const texts = ["Date", "URL", "URLSearchParams", "BigInt", "RegExp", "ArrayBuffer", "Temporal.PlainDate", "Function"];
const tail = [...kinds, ...names, 0, 7, 0.5, -1, true];

/** The number of another value: mostly of a near one, then of a name behind them all, and sometimes of none. */
const indexIn = (count: number): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.nat(count - 1) },
    { weight: 3, arbitrary: fc.integer({ min: count, max: count + tail.length - 1 }) },
    { weight: 1, arbitrary: fc.constantFrom(-1, -2, -3, -4, -5, -6, -7, -8, 0.5, 99, 2 ** 32) },
  );

/** One value in devalue's notation. */
const partIn = (count: number): fc.Arbitrary<unknown> => {
  const index = indexIn(count);
  const kind = fc.integer({ min: count, max: count + kinds.length - 1 });
  const key = fc.constantFrom("a", "0", "__proto__", "constructor", "length", "then", "toJSON", "data", "regExp");
  const indices = fc.array(index, { maxLength: 5 });
  return fc.oneof(
    indices,
    fc.array(fc.tuple(key, index), { maxLength: 4 }).map(Object.fromEntries),
    fc
      .tuple(fc.constantFrom("Map", "Set", "null", "Object", "$", "Date"), indices)
      .map(([type, all]) => [type, ...all]),
    index.map((number) => ["$", number]),
    fc.tuple(kind, fc.array(index, { minLength: 1, maxLength: 4 })).map(([of, rest]) => [of, ...rest]),
    fc.tuple(fc.constantFrom(...texts), odd, odd).map((part) => [...part]),
    fc.tuple(fc.constantFrom(...views), index, odd, odd).map((part) => [...part]),
    fc
      .tuple(odd, fc.array(fc.tuple(fc.nat(5), index), { maxLength: 3 }))
      .map(([length, all]) => [-7, length, ...all.flat()]),
    odd,
  );
};

const values = fc
  .integer({ min: 1, max: 9 })
  .chain((count) =>
    fc.array(partIn(count), { minLength: count, maxLength: count }).map((parts) => [...parts, ...tail]),
  );
const small = fc.oneof({ weight: 4, arbitrary: fc.nat(9) }, { weight: 1, arbitrary: odd });
const entry = fc
  .tuple(fc.constantFrom(...views, "ArrayBuffer", "Blob", "File", "Function"), small, small, small, odd, odd, odd)
  .map((parts) => [...parts]);

/** A body that has the form of the default notation, and means anything. */
export const grammaticalBody: fc.Arbitrary<Uint8Array> = fc
  .record({
    parts: fc.oneof({ weight: 9, arbitrary: values }, { weight: 1, arbitrary: odd }),
    entries: fc.oneof({ weight: 9, arbitrary: fc.array(entry, { maxLength: 3 }) }, { weight: 1, arbitrary: odd }),
    lengths: fc.oneof({ weight: 9, arbitrary: fc.array(small, { maxLength: 3 }) }, { weight: 1, arbitrary: odd }),
    memory: fc.uint8Array({ maxLength: 40 }),
  })
  .map(({ parts, entries, lengths, memory }) => devalueBody([parts, entries, lengths], memory));

/** A change of one place in a JSON value: which one, and to what. `undefined` leaves it out. */
export const change: fc.Arbitrary<Change> = fc.record({
  place: fc.nat(),
  to: fc.option(odd, { nil: undefined, freq: 8 }),
  again: fc.nat(),
});

export interface Change {
  readonly place: number;
  readonly to?: unknown;
  readonly again: number;
}

/** A copy of a JSON value with one part replaced, left out, or given the value of another part. */
export function changed(whole: unknown, { place, to, again }: Change): unknown {
  const copy = structuredClone({ whole });
  const places = placesIn(copy);
  const [owner, key] = places[place % places.length]!;
  const other = places[again % places.length]!;
  if (to !== undefined) define(owner, key, to);
  else if (again % 2) define(owner, key, structuredClone(other[0][other[1]]));
  else if (Array.isArray(owner)) owner.splice(Number(key), 1);
  else delete owner[key];
  return copy.whole;
}

type Owner = Record<string, unknown>;

function placesIn(value: unknown): [Owner, string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value).flatMap(
    (key) => [[value as Owner, key], ...placesIn((value as Owner)[key])] as [Owner, string][],
  );
}

function define(owner: Owner, key: string, value: unknown): void {
  Object.defineProperty(owner, key, { value, writable: true, enumerable: true, configurable: true });
}
