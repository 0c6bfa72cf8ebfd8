import * as fc from "fast-check";
import { hostileKey, hostileRecord } from "../../core/record/hostile-records.ts";
import { openRaw } from "./indexed-db-tools.ts";

export const badKey = hostileKey;

const cyclic: Record<string, unknown> = { type: "json" };
cyclic["self"] = cyclic;

/** Values that a database can hold, and that nobody expects. */
const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    "",
    "x",
    -1,
    0,
    1.5,
    2 ** 53,
    1e300,
    5n,
    Number.NaN,
    Infinity,
    -Infinity,
  ),
  fc.constantFrom<unknown>([], {}, [[]], ["a", "{}"], new Map([[1, 2]]), new Set(), /a/, new Error("no"), cyclic),
  fc.constantFrom<unknown>(new Date(Number.NaN), new Date(0), new Blob(["x"]), new ArrayBuffer(9), new Uint8Array(9)),
  fc.constantFrom<unknown>(
    { length: 1e9 },
    { token: 1 },
    { target: { keys: 5 } },
    { at: 1 },
    Object.assign([], { length: 1e6 }),
  ),
  fc.jsonValue({ maxDepth: 1 }),
);

/** The row with some of its fields changed, left out or added, or something else altogether. */
function brokenRow(row: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  const fields = Object.entries(row).map(([name, usual]) => {
    const value = fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: strange });
    return [name, value] as const;
  });
  const changed = fc.record(Object.fromEntries(fields), { requiredKeys: [] });
  const full = fc.record(Object.fromEntries(fields));
  return fc.oneof({ weight: 6, arbitrary: full }, { weight: 2, arbitrary: changed }, { weight: 1, arbitrary: strange });
}

const json = { type: "json" };
const head = { etag: "e", length: 9, created: 5, libraryVersion: "0", serializer: json };
const changedHead = fc
  .record(
    Object.fromEntries(
      Object.keys({ ...head, expiration: 0, token: 0, tags: 0, size: 0 }).map((name) => [name, strange]),
    ),
    {
      requiredKeys: [],
    },
  )
  .map((changes) =>
    JSON.stringify({ ...head, ...changes }, (_, value: unknown) =>
      typeof value === "bigint" ? 5 : value === cyclic ? 6 : value,
    ),
  );
const text = fc.oneof(fc.constantFrom(JSON.stringify(head), "", "null", "{", "[1]"), changedHead);
const keys = fc.constantFrom<unknown>(badKey, "other", 5, [badKey], new Date(5));
const bytes = hostileRecord(new TextEncoder().encode("1"), { serializer: json }).slice().buffer;
const numbers = fc.constantFrom<unknown>(0, 1, 5, Date.now(), Date.now() + 1e9, 2 ** 52, 2 ** 53, Infinity);

const stores = {
  records: brokenRow({
    head: fc.tuple(keys, text).map((pair) => [...pair]),
    etag: fc.constant("e"),
    bytes: fc.constant(bytes),
    tags: fc.constantFrom(["t"], ["t", "u"]),
  }),
  uses: fc.oneof(strange, numbers),
  leases: brokenRow({
    holder: fc.constant("h"),
    token: numbers,
    expiresAt: numbers,
    taking: fc.constantFrom(true, undefined),
  }),
  invalidations: brokenRow({
    target: fc.constantFrom("all", { keys: [badKey] }, { prefix: "x" }, { tags: ["t"] }),
    mode: fc.constantFrom("delete", "expire"),
    at: numbers,
    affected: fc.constant([badKey]),
  }),
} as const;

/** A row that somebody else wrote. */
export interface HostileRow {
  readonly store: keyof typeof stores;
  readonly key: unknown;
  readonly value: unknown;
}

export const hostileRow: fc.Arbitrary<HostileRow> = fc
  .constantFrom(...(Object.keys(stores) as (keyof typeof stores)[]))
  .chain((store) => {
    // no key generator goes beyond 2 ** 53, or below a key that it has met
    const places = fc.constantFrom<unknown>(
      -1,
      1,
      1.5,
      Date.now() + 1e9 + 0.5,
      Date.now() + 1e9,
      "x",
      new Date(5),
      [1],
    );
    const key = store === "invalidations" ? places : fc.oneof({ weight: 5, arbitrary: fc.constant(badKey) }, keys);
    return fc.record({ store: fc.constant(store), key, value: stores[store] });
  });

/** Writes the rows that the database takes, as another script of the origin could. */
export async function writeRows(name: string, rows: readonly HostileRow[]): Promise<void> {
  const database = await openRaw(name);
  for (const { store, key, value } of rows) {
    await new Promise<void>((resolve) => {
      const transaction = database.transaction(store, "readwrite");
      transaction.oncomplete = transaction.onabort = () => resolve();
      try {
        transaction.objectStore(store).put(value, key as IDBValidKey);
      } catch {
        transaction.abort();
      }
    });
  }
  database.close();
}
