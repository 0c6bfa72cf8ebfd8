import { bomb } from "../../core/record/hostile-records.ts";

const encoder = new TextEncoder();

function file(result: unknown, serializer: unknown, fields: object = {}): Uint8Array {
  const metadata = { storage_key: "k", expiration: null, serializer, prefect_version: "3.7.0", storage_block_id: null };
  return encoder.encode(JSON.stringify({ metadata: { ...metadata, ...fields }, result }));
}

const compressed = (compressionlib: unknown, type = "compressed/json") => ({ type, compressionlib });
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const deep = (open: string, close: string, levels = 200_000): string => open.repeat(levels) + close.repeat(levels);

/** Result files in Prefect's form, each of which is meant to crash or stall a reader. */
export const hostileFiles: Readonly<Record<string, () => Uint8Array | Promise<Uint8Array>>> = {
  "a thousandfold in zlib": async () =>
    file(base64(await bomb("0".repeat(64), 2 ** 22, "deflate")), compressed("zlib")),
  "a thousandfold in gzip": async () => file(base64(await bomb(" ".repeat(64), 2 ** 22)), compressed("gzip")),
  "objects of a thousandfold": async () =>
    file(base64(await bomb("{},".repeat(32), 2 ** 23 / 32 - 4_096)), compressed("gzip")),
  "base64 of 100 MB": () => file("A".repeat(100_000_000), compressed("zlib")),
  "base64 of 20 MB": () => file("A".repeat(20_000_000), compressed("zlib")),
  "JSON of 100 MB": () => file(`"${"a".repeat(100_000_000)}"`, { type: "json" }),
  "JSON that is nested deep": () => file(deep("[", "]"), { type: "json" }),
  "NaN that is nested deep": () => file(`${deep("[", "]")}NaN`, { type: "json" }),
  "NaN inside of much": () => file(deep("[", "]").replace("]", "NaN]"), { type: "json" }),
  "390,000 NaN": () => file(`[${"NaN,".repeat(390_000)}0]`, { type: "json" }),
  "NaN of a thousandfold": async () =>
    file(base64(await bomb("NaN,".repeat(16), 0.75 * 2 ** 19 - 8_192)), compressed("gzip")),
  "a library that is an object": () => file("eA==", compressed({ toString: 1 })),
  "a library that is a list": () => file("eA==", compressed(["zlib"])),
  "a library that nobody has": () => file("eA==", compressed("lzma")),
  "a type that is an object": () => file("{}", { type: { toString: 1 } }),
  "no serializer": () => file("{}", null),
  "a type of 10,000 compressions": () => file("{}", compressed("zlib", `${"compressed/".repeat(10_000)}json`)),
  "serializers in serializers": () => {
    let serializer: object = { type: "json" };
    for (let i = 0; i < 2_000; i++) serializer = { type: "compressed", compressionlib: "zlib", serializer };
    return file("{}", serializer);
  },
  "settings that are nested deep": () =>
    encoder.encode(
      `{"metadata":{"storage_key":"k","expiration":null,"serializer":{"type":"json","a":${deep("[", "]")}}},"result":"{}"}`,
    ),
  "a serializer that is compressed twice": () => file("{}", { ...compressed("zlib"), serializer: compressed("zlib") }),
  "text that is no base64": () => file("%%%%", compressed("zlib")),
  "a key that is an object": () => file("{}", { type: "json" }, { storage_key: { toString: 1 } }),
  "an expiration that is a list": () => file("{}", { type: "json" }, { expiration: ["2026-01-01T00:00:00Z"] }),
  "an expiration beyond all dates": () => file("{}", { type: "json" }, { expiration: "9999-99-99T99:99:99Z" }),
  "a result that is an object": () => file({ toString: 1 }, { type: "json" }),
  "a file that is nested deep": () => encoder.encode(deep("[", "]")),
  "an own __proto__": () =>
    encoder.encode(
      '{"__proto__":{"result":"{}"},"result":"{\\"__proto__\\":{\\"polluted\\":1}}","serializer":{"type":"json"}}',
    ),
};
