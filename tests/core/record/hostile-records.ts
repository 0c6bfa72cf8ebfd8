import { encoder, sealRecord } from "./record-tools.ts";
import { xxHash32 } from "../../../src/core/record/xxhash32.ts";

/** The key of all hostile records. */
export const hostileKey = "shared/map";

/** A body that whoever may write can put under right checksums, or a whole head. */
export type Hostile = () => Uint8Array | Promise<Uint8Array>;

interface Sealed {
  readonly serializer?: unknown;
  readonly fields?: object;
}

/** A record with right checksums around any body, and with any fields in its head. */
export function hostileRecord(body: Uint8Array, { serializer = { type: "devalue" }, fields }: Sealed = {}): Uint8Array {
  const head = {
    storageKey: hostileKey,
    createdAt: "2026-01-02T03:04:05.678Z",
    serializer,
    libraryVersion: "0.1.0",
    size: body.length,
    ...fields,
  };
  const checksum = xxHash32(body).toString(16).padStart(8, "0");
  return sealRecord(JSON.stringify({ checksum, ...head }), body);
}

/** The body of the default serializer: a text in devalue's notation, and memory behind it. */
export function devalueBody(text: string | object, memory: Uint8Array = new Uint8Array(), mode = 1): Uint8Array {
  const encoded = encoder.encode(typeof text === "string" ? text : JSON.stringify(text));
  const start = Math.ceil((8 + encoded.length) / 8) * 8;
  const body = new Uint8Array(start + memory.length);
  body.set([1, mode]);
  new DataView(body.buffer).setUint32(4, encoded.length, true);
  body.set(encoded, 8);
  body.set(memory, start);
  return body;
}

/** Compresses `times` copies of a text, without ever having all of it in memory. */
export async function bomb(text: string, times: number, format: "gzip" | "deflate" = "gzip"): Promise<Uint8Array> {
  const copies = 4_096;
  const chunk = encoder.encode(text.repeat(copies));
  let left = Math.ceil(times / copies);
  const source = new ReadableStream({
    pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
  });
  return new Uint8Array(await new Response(source.pipeThrough(new CompressionStream(format))).arrayBuffer());
}

async function bombRecord(text: string, times: number, type = "compressed/json"): Promise<Uint8Array> {
  return hostileRecord(await bomb(text, times), { serializer: { type, format: "gzip" } });
}

/** A compressed record of JSON with `times` copies in the middle. */
async function inflated(start: string, text: string, end: string, times: number): Promise<Uint8Array> {
  return compressedRecord(encoder.encode(start + text.repeat(times) + end), "json");
}

async function compressedRecord(body: Uint8Array, inner: string): Promise<Uint8Array> {
  const source = new Blob([body as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream("gzip"));
  const compressed = new Uint8Array(await new Response(source).arrayBuffer());
  return hostileRecord(compressed, { serializer: { type: `compressed/${inner}`, format: "gzip" } });
}

/** As many different objects of one kind in the default notation as compressed text may hold. */
function inflatedItems(item: string): Promise<Uint8Array> {
  return compressedRecord(devalueBody(items(2 ** 18 - 8, item)), "devalue");
}

/** As many different marked values, each with a payload of its own. */
function inflatedMarked(...payload: readonly unknown[]): Promise<Uint8Array> {
  const count = 2 ** 17 - 8;
  const last = 2 * count;
  const numbers = payload.map((_, i) => last + 1 + i).join();
  const marks = Array.from({ length: count }, (_, i) => `["$",${2 * i + 2}],[${numbers}]`);
  const values = Array.from({ length: count }, (_, i) => 2 * i + 1);
  const text = `[[[${values.join()}],${marks.join()},${payload.map((part) => JSON.stringify(part)).join()}],[],[]]`;
  return compressedRecord(devalueBody(text), "devalue");
}

const shown = (count: number, entry: readonly unknown[], length: number): Uint8Array => {
  const marks = Array.from({ length: count }, (_, i) => i + 1);
  const values = [marks, ...marks.flatMap((number) => [["$", count + number]]), ...marks];
  const memory = new Uint8Array(length);
  return hostileRecord(devalueBody([values, Array(count).fill(entry), [length]], memory));
};

const one = (value: unknown, entries: unknown = [], lengths: unknown = [], memory = new Uint8Array(16)): Uint8Array =>
  hostileRecord(devalueBody([value, entries, lengths], memory));

/** A marked value: its kind, the numbers of the other parts of its payload, and the values from number 2 on. */
export const marked = ([kind, ...parts]: readonly unknown[], ...values: readonly unknown[]): unknown[] => [
  ["$", 1],
  [values.length + 2, ...parts],
  ...values,
  kind,
];

const special = (payload: readonly unknown[], ...values: readonly unknown[]): Uint8Array =>
  one(marked(payload, ...values));

/** Many marked values of one kind, which share the other parts of their payloads: their numbers count from the first of `values`. */
const sharing = (count: number, kind: string, parts: readonly number[], values: readonly unknown[]): Uint8Array => {
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const kindAt = 2 * count + 1;
  const payload = [kindAt, ...parts.map((part) => kindAt + 1 + part)];
  return one([numbers, ...numbers.map((i) => ["$", count + i]), ...numbers.map(() => payload), kind, ...values]);
};

/** The number of a part that `sharing` places in front of 3,000 properties. */
const shared = (kind: string, name: string, extra: unknown): Uint8Array => {
  const keysAt = 6_002 + 3;
  const pairs = Array.from({ length: 3_000 }, (_, i) => [keysAt + i, keysAt]).flat();
  return sharing(3_000, kind, [0, 1, 2, 2], [name, extra, ["Map", ...pairs], ...pairs.map((_, i) => `k${i}`)]);
};

/** A list that takes no space, and whose text takes all that there is. Its first part has the number `at`. */
const doubled = (at: number): unknown[] => [...Array.from({ length: 60 }, (_, i) => [at + i + 1, at + i + 1]), "a"];

const deep = (open: string, close: string, levels = 200_000): string => open.repeat(levels) + close.repeat(levels);

const nested = (levels: number): object => {
  let options = {};
  for (let i = 0; i < levels; i++) options = { a: options };
  return options;
};

const empty = encoder.encode("[]");

/** A list in devalue's notation in which every item is its own object. */
const items = (count: number, item: string): string => {
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  return `[[[${numbers.join()}],${Array(count).fill(item).join()}],[],[]]`;
};

/** Small records with right checksums, whose heads are meant to crash or stall whoever reads or lists them. */
export const hostileHeads: Readonly<Record<string, Hostile>> = {
  "a name of 10,000 compressions": () =>
    hostileRecord(empty, { serializer: { type: `${"compressed/".repeat(10_000)}json` } }),
  "a name of two compressions": () => hostileRecord(empty, { serializer: { type: "compressed/compressed/json" } }),
  "a long name of a serializer": () => hostileRecord(empty, { serializer: { type: "a".repeat(65) } }),
  "options that are nested deep": () =>
    sealRecord(
      `{"checksum":"00000000","storageKey":"${hostileKey}","createdAt":"2026-01-02T03:04:05.678Z","serializer":{"type":"json","a":${deep("[", "]", 6_000)}},"libraryVersion":"0.1.0","size":0}`,
      new Uint8Array(),
    ),
  "fields of the head that are nested deep": () =>
    sealRecord(
      `{"checksum":"00000000","storageKey":"${hostileKey}","createdAt":"2026-01-02T03:04:05.678Z","serializer":{"type":"json"},"libraryVersion":"0.1.0","size":0,"later":${deep("[", "]", 7_000)}}`,
      new Uint8Array(),
    ),
  "options of two levels": () => hostileRecord(empty, { serializer: { type: "json", ...nested(1) } }),
  "a list for a serializer": () => hostileRecord(empty, { serializer: ["json"] }),
  "no name of a serializer": () => hostileRecord(empty, { serializer: { type: { toString: "json" } } }),
  "a head of 3 MB": () => hostileRecord(empty, { fields: { later: "a".repeat(3_000_000) } }),
  "a head of 20 KiB": () => hostileRecord(empty, { fields: { storageId: "ä".repeat(10_240) } }),
  "a time that is a number": () => hostileRecord(empty, { fields: { createdAt: 5 } }),
  "an expiration that is an object": () => hostileRecord(empty, { fields: { expiration: {} } }),
  "an expiration beyond all dates": () =>
    hostileRecord(empty, { fields: { expiration: "+999999-01-01T00:00:00.000Z" } }),
  "a negative size": () => hostileRecord(empty, { fields: { size: -1 } }),
  "a size that is text": () => hostileRecord(empty, { fields: { size: "2" } }),
  "a token that is a fraction": () => hostileRecord(empty, { fields: { token: 0.5 } }),
  "a token that is a list": () => hostileRecord(empty, { fields: { token: [1] } }),
  "a head of a later version that is no JSON": () => sealRecord("a later version's head", empty, 2),
  "a long head of a later version": () => sealRecord(`{"a":"${"a".repeat(100_000)}"}`, empty, 2),
  "a head that is null": () => sealRecord("null", empty),
  "an own __proto__ in the head": () =>
    hostileRecord(empty, { fields: JSON.parse('{"__proto__":{"polluted":true}}') as object }),
};

/** Small records with right checksums, each of which is meant to crash or stall a reader. */
export const hostileRecords: Readonly<Record<string, Hostile>> = {
  ...hostileHeads,
  "an array far longer than its entries": () => special(["array", 2, 3, 4], "", 2 ** 25, ["Map"]),
  "twenty arrays far longer than their entries": () => {
    const numbers = Array.from({ length: 20 }, (_, i) => i + 1);
    const marks = numbers.map((number) => ["$", 20 + number]);
    return one([numbers, ...marks, ...numbers.map(() => [44, 41, 42, 43]), "", 2 ** 25, ["Map"], "array"]);
  },
  "an array of negative length": () => special(["array", 2, 3, 4], "", -1, ["Map"]),
  "an array whose length is text": () => special(["array", 2, 3, 4], "", "9999999", ["Map"]),
  "an array with the length of an object": () => special(["array", 2, 3, 4], "", ["Map"], ["Map"]),
  "sparse arrays of the greatest length": () => one([[1, 2], [-7, 2 ** 32 - 1], [-7, 2 ** 32 - 1, 2 ** 32 - 2, 3], 7]),
  "a sparse array that is too long": () => one([[-7, 2 ** 32]]),

  "zeros that inflate a thousandfold": () => bombRecord("0".repeat(64), 2 ** 22),
  "spaces that inflate a thousandfold": () => bombRecord(" ".repeat(64), 2 ** 22),
  "objects that inflate to just below the limit": async () =>
    hostileRecord(await bomb("{},".repeat(32), 2 ** 23 / 32 - 4_096), {
      serializer: { type: "compressed/json", format: "gzip" },
    }),
  "arrays that inflate a hundredfold": () => bombRecord("[[],[]],".repeat(16), 2 ** 17, "compressed/json"),
  "a thousandfold of the default notation": () => bombRecord("\u0001".repeat(64), 2 ** 22, "compressed/devalue"),
  "compressed bytes that never end": async () => {
    const whole = await bomb("0".repeat(64), 2 ** 14);
    return hostileRecord(whole.subarray(0, -9), { serializer: { type: "compressed/json", format: "gzip" } });
  },
  "compressed bytes of another format": () =>
    hostileRecord(empty, { serializer: { type: "compressed/json", format: "deflate" } }),
  "an unknown format of compression": () =>
    hostileRecord(empty, { serializer: { type: "compressed/json", format: "xz" } }),

  "500 Blobs of one chunk": () => shown(500, ["Blob", 0, 0, 2 ** 21, ""], 2 ** 21),
  "500 Files of one chunk": () => shown(500, ["File", 0, 0, 2 ** 21, "", "a", 0], 2 ** 21),
  "50,000 buffers of one chunk": () => shown(50_000, ["ArrayBuffer", 0, 0, 2 ** 16], 2 ** 16),
  "50,000 views of one chunk": () => shown(50_000, ["Uint8Array", 0, 0, 2 ** 16], 2 ** 16),
  "buffers that reserve more than there is": () => shown(20_000, ["ArrayBuffer", 0, 0, 0, 2 ** 40], 0),
  "many buffers that reserve much": () =>
    one(
      [[1], ["$", 2], 1],
      Array.from({ length: 5_000 }, (_, i) => ["ArrayBuffer", i, 0, 0, 2 ** 32]),
      Array(5_000).fill(0),
    ),
  "a reservation that is text": () => one([["$", 1], 1], [["ArrayBuffer", 0, 0, 8, "1e9"]], [8]),
  "a million chunks of no length": () => one([["$", 1], 1], [["Uint8Array", 0, 0, 0]], Array(1_000_000).fill(0)),
  "offsets that are text": () => one([["$", 1], 1], [["Uint8Array", 0, "5", 5]], [16]),
  "lengths that are text": () => one([["$", 1], 1], [["Uint8Array", 0, 5, "5"]], [16]),
  "chunks whose length is text": () => one([["$", 1], 1], [["Uint8Array", 0, 0, 5]], ["16"]),
  "a chunk that is named by text": () => one([["$", 1], 1], [["Uint8Array", "0", 0, 5]], [16]),
  "a chunk that is named by __proto__": () => one([["$", 1], 1], [["Uint8Array", "__proto__", 0, 5]], [16]),
  "negative offsets": () => one([["$", 1], 1], [["Uint8Array", 0, -8, 8]], [16]),
  "a length of NaN": () => one([["$", 1], 1], [["Uint8Array", 0, 0, null]], [16]),
  "a huge length": () => one([["$", 1], 1], [["Uint8Array", 0, 0, 1e300]], [16]),
  "chunks of a huge length": () => one([["$", 1], 1], [["Uint8Array", 0, 0, 8]], [2 ** 53]),
  "part of an element": () => one([["$", 1], 1], [["Float64Array", 0, 0, 12]], [16]),
  "elements that are not aligned": () => one([["$", 1], 1], [["Float64Array", 0, 4, 8]], [16]),
  "an unknown kind of memory": () => one([["$", 1], 1], [["SharedArrayBuffer", 0, 0, 8]], [16]),
  "a kind of memory that is a list": () => one([["$", 1], 1], [[["Uint8Array"], 0, 0, 8]], [16]),
  "a kind of memory that nobody has": () => one([["$", 1], 1], [["Int7Array", 0, 0, 8]], [16]),
  "memory without an entry": () => one([["$", 1], 2], [["Uint8Array", 0, 0, 8]], [16]),
  "entries that are no list": () => one([["$", 1], 1], { 0: ["Uint8Array", 0, 0, 8] }, [16]),
  "20,000 Blobs": () => shown(20_000, ["Blob", 0, 0, 1, ""], 8),

  "a bigint of five million digits": () => one([["BigInt", "9".repeat(5_000_000)]]),
  "a bigint of digits in a list": () => one([["BigInt", ["9".repeat(5_000_000)]]]),
  "a bigint that is nested in a mark": () => one([["$", ["BigInt", "9".repeat(5_000_000)]]]),
  "a boxed bigint of five million digits": () =>
    one([
      ["Object", 1],
      ["BigInt", "9".repeat(5_000_000)],
    ]),
  "URLSearchParams of two million pairs": () => one([["URLSearchParams", "a&".repeat(2_000_000)]]),
  "URLSearchParams of pairs in a list": () => one([["URLSearchParams", [Array(1_000).fill("a")]]]),
  "many URLSearchParams": () => hostileRecord(devalueBody(items(100, `["URLSearchParams","${"a&".repeat(50_000)}"]`))),
  "classes of all letters": () => one([["RegExp", `[${"\\p{L}".repeat(100_000)}]`, "u"]]),
  "a pattern of many groups": () => one([["RegExp", "(?<a>b)|".repeat(100_000)]]),
  "a pattern that is nested deep": () => one([["RegExp", "(".repeat(1_000_000) + ")".repeat(1_000_000)]]),
  "a pattern that takes exponential time once it is run": () => one([["RegExp", "^(a+)+$"]]),
  "a pattern that is a list": () => one([["RegExp", [["a"]], ["g"]]]),
  "a long host": () => one([["URL", `http://xn--${"a".repeat(1_000_000)}/`]]),
  "a long path": () => one([["URL", `http://a/${"../a/".repeat(500_000)}`]]),
  "a date that is nested deep": () => hostileRecord(devalueBody(`[[["Date",${deep("[", "]")}]],[],[]]`)),
  "a date of a million digits": () => one([["Date", "9".repeat(1_000_000)]]),
  "a Temporal of a million digits": () => one([["Temporal.Instant", "9".repeat(1_000_000)]]),
  "an unknown Temporal": () => one([["Temporal.Now", "2020"]]),

  "JSON that is nested deep": () => hostileRecord(encoder.encode(deep("[", "]")), { serializer: { type: "json" } }),
  "plain values that are nested deep": () => hostileRecord(devalueBody(deep("[", "]"), undefined, 0)),
  "a body that is nested deep": () => hostileRecord(devalueBody(`[${deep("[", "]")},[],[]]`)),
  "values that are nested deep": () =>
    hostileRecord(devalueBody(`[[${Array.from({ length: 200_000 }, (_, i) => `[${i + 1}]`).join()},1],[],[]]`)),
  "causes that are nested deep": () => {
    const depth = 20_000;
    const end = depth * 3;
    const errors = Array.from({ length: depth }, (_, i) => [
      ["$", 3 * i + 1],
      [end + 1, end + 2, end, end + 3, 3 * i + 2],
      { cause: 3 * i + 3 },
    ]);
    return one([...errors.flat(), 0, "error", "Error", {}]);
  },
  "a Map that holds itself": () => one([["Map", 0, 0]]),
  "a Set of itself": () => one([["Set", 0, 0, 0]]),
  "a payload that is itself": () => one([["$", 0]]),
  "two payloads that are each other": () =>
    one([
      ["$", 1],
      ["$", 0],
    ]),
  "an object that is its own payload": () => special(["object", 2, 0, 1], ""),
  "references that double at every level": () => one([...Array.from({ length: 60 }, (_, i) => [i + 1, i + 1]), 0]),
  "3,000 objects that share 3,000 properties": () => shared("object", "", 0),
  "3,000 errors that share 3,000 properties": () => shared("error", "Error", 0),
  "3,000 arrays that share 3,000 properties": () => shared("array", "", 2 ** 32 - 1),
  "one object of 3,000 properties that is made 3,000 times": () => {
    const marks = Array.from({ length: 3_000 }, () => ["$", 3_001]);
    const numbers = marks.map((_, i) => i + 1);
    const pairs = numbers.flatMap((i) => [3_005 + i, 3_004]);
    return one([
      numbers,
      ...marks,
      [3_002, 3_003, 3_004, 3_005],
      "object",
      "",
      0,
      ["Map", ...pairs],
      ...numbers.map((i) => `k${i}`),
    ]);
  },
  "properties of a long text": () => special(["object", 2, 3, 4], "", 0, "a".repeat(3_000_000)),
  "properties of a long list": () => special(["object", 2, 3, 4], "", 0, Array(1_000_000).fill(3)),
  "properties of memory": () =>
    one(
      marked(["object", 2, 3, 4], "", 0, ["$", 6], 1),
      [["Uint8Array", 0, 0, 3_000_000]],
      [3_000_000],
      new Uint8Array(3_000_000),
    ),
  "a kind that is a doubled list": () => one([["$", 1], [3, 2, 2, 2], "", ...doubled(3)]),
  "a name of an error that is a doubled list": () => special(["error", 3, 2, 2], 0, ...doubled(3)),
  "a name of a class that is a doubled list": () => special(["class", 3, 2, 2], 0, ...doubled(3)),
  "a name of an exception that is a doubled list": () => special(["domexception", 3, 2], "x", ...doubled(3)),
  "a message of an exception that is a doubled list": () => special(["domexception", 2, 3], "x", ...doubled(3)),
  "a key that is a doubled list": () => special(["object", 2, 2, 3], "", ["Map", 4, 2], ...doubled(4)),
  "a place in a pattern that is a doubled list": () =>
    special(["regexp", 2, 3], "", { regExp: 4, lastIndex: 5 }, ["RegExp", "a", "g"], ...doubled(5)),
  "a unit of a duration that is a doubled list": () => special(["duration", 2, 3], "", [4], ...doubled(4)),
  "2,000 messages of one long list": () => sharing(2_000, "domexception", [0, 1], ["x", Array(100_000).fill(4_002)]),
  "a width that is a doubled list": () =>
    one(
      marked(["imagedata", 2, 3], "", { data: 4, width: 6, height: 6 }, ["$", 5], 1, ...doubled(6)),
      [["Uint8ClampedArray", 0, 0, 16]],
      [16],
    ),
  "an image of a size alone": () => special(["imagedata", 2, 3], "", { data: 4, width: 4, height: 5 }, 9_000, {}),
  "emoji in a class": () => one([["RegExp", `[${"\\p{RGI_Emoji}".repeat(2_300)}]`, "v"]]),
  "emoji without emoji": () => one([["RegExp", "[\\p{RGI_Emoji}--\\p{Basic_Emoji}]".repeat(900), "v"]]),
  "an array of a million holes": () => one([Array(1_000_000).fill(-2)]),
  "images without pixels": () => special(["imagedata", 2, 3], "", { data: 4, width: 4, height: 4 }, 30_000),
  "images of another size": () =>
    one(
      marked(["imagedata", 2, 3], "", { data: 4, width: 5, height: 5 }, ["$", 6], 30_000, 1),
      [["Uint8ClampedArray", 0, 0, 16]],
      [16],
    ),
  "images of pixels that are a number in memory": () =>
    one(
      marked(["imagedata", 2, 3], "", { data: 4, width: 5, height: 5 }, ["$", 6], 30_000, 1),
      [["Int32Array", 0, 0, 4]],
      [4],
    ),
  "an object with an own __proto__": () => hostileRecord(devalueBody('[[{"__proto__":1},{"polluted":2},true],[],[]]')),
  "an own __proto__ in a Map of properties": () =>
    special(["object", 2, 2, 3], "", ["Map", 4, 5], "__proto__", { polluted: 6 }, true),
  "a property that is no text": () => special(["object", 2, 2, 3], "", ["Map", 4, 4], { toString: 2 }),
  "properties of a number": () => special(["object", 2, 2, 3], "", 5),
  "a length among an array's properties": () => special(["array", 2, 3, 4, 4], "", 0, ["Map", 5, 6], "length", 2 ** 30),
  "an index among an array's properties": () => special(["array", 2, 3, 4], "", 0, ["Map", 5, 6], "4294967294", 1),
  "an error of another type": () => special(["error", 2, 3, 4, 4], "constructor", 0, ["Map"]),
  "a DOMException of objects": () => special(["domexception", 2, 2, 2, 2], { toString: 2 }),
  "an instance of an unknown class": () => special(["class", 2, 3, 4], "Point", 0, { x: 3 }),
  "an unknown kind of value": () => special(["function", 2, 3], "alert", 0),
  "a kind of value that is an object": () => special([{ toString: 2 }, 2, 2], ""),
  "a payload that is null": () => one([["$", 1], null]),
  "a payload that is text": () => one([["$", 1], "error"]),
  "base64 of a buffer": () =>
    one([
      ["Uint8Array", 1, 0, 2 ** 30],
      ["ArrayBuffer", "AAAA"],
    ]),
  "an unknown type": () => one([["Function", "alert(1)"]]),
  "a body of a later version": () => hostileRecord(Uint8Array.of(2, 1, 0, 0, 0, 0, 0, 0)),
  "a text of a later notation": () => hostileRecord(devalueBody("[]", undefined, 7)),
  "a text that ends too early": () => hostileRecord(Uint8Array.of(1, 1, 0, 0, 255, 255, 255, 255)),
  "a body of one byte": () => hostileRecord(Uint8Array.of(1)),
  "a text that is no UTF-8": () => hostileRecord(Uint8Array.of(1, 1, 0, 0, 1, 0, 0, 0, 255)),
  "null for a text": () => hostileRecord(devalueBody("null")),
  "an empty text": () => hostileRecord(devalueBody("[[],[],[]]")),
};

/** Larger records, which become as much as a reader takes. */
export const recordsAtTheLimit: Readonly<Record<string, Hostile>> = {
  "numbers that inflate to just below the limit": () => inflated("[0.5", ",0.5", "]", 0.75 * 2 ** 23 - 16),
  "texts that inflate to just below the limit": () => inflated('["a"', ',"a"', "]", 0.75 * 2 ** 23 - 16),
  "objects that stay just below their number": () =>
    inflated('["', "aaaaaaaa", `",${"{},".repeat(0.75 * 2 ** 20 - 2)}{}]`, 2 ** 21),
  "maps that stay just below their number": () => inflatedItems('["Map"]'),
  "dates that stay just below their number": () => inflatedItems('["Date","2026"]'),
  "urls that stay just below their number": () => inflatedItems('["URL","a:"]'),
  "boxes that stay just below their number": () => inflatedItems('["Object",2]'),
  "errors that stay just below their number": () => inflatedMarked("error", "Error", 0),
  "exceptions that stay just below their number": () => inflatedMarked("domexception", "AbortError", ""),
};
