import type { Serializer, SerializerDescription } from "../core/serializers/serializer.ts";
import { CompressedSerializer } from "../core/serializers/compressed-serializer.ts";
import { UnsupportedRecordError } from "../errors/index.ts";
import { fromBase64Lines, toBase64Lines } from "./base64-lines.ts";
import { isObject } from "./corrupt.ts";
import { pythonJson } from "./python-json.ts";

/** All settings of Prefect's `JSONSerializer`, in its order. Prefect refuses any others. */
const jsonSettings: SerializerDescription = {
  type: "json",
  jsonlib: "json",
  object_encoder: "prefect.serializers.prefect_json_object_encoder",
  object_decoder: "prefect.serializers.prefect_json_object_decoder",
  dumps_kwargs: {},
  loads_kwargs: {},
};

type Format = "gzip" | "deflate";

/** Python's modules by the platform's names for the formats. */
const libraries: Readonly<Record<Format, string>> = { gzip: "gzip", deflate: "zlib" };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The settings of a file in the form of a record's metadata. Compressed ones are named as `CompressedSerializer` names them. */
export function fromPrefect(settings: SerializerDescription): SerializerDescription {
  const format = formatOf(settings);
  // Prefect treats "compressed" alone, with its inner serializer named, as the same
  return format && innerOf(settings).type === "json" ? { ...settings, type: "compressed/json", format } : settings;
}

/** The settings that Prefect needs to read the result of `record`: its own ones, or JSON, compressed if the record is. */
export function toPrefect(description: SerializerDescription): SerializerDescription {
  if (!isCompressed(description)) return toJsonSettings(description);
  const { format } = description;
  const compressionlib = libraries[format as Format] as string | undefined;
  if (compressionlib === undefined) return jsonSettings;
  return { type: "compressed/json", serializer: toJsonSettings(description["serializer"]), compressionlib };
}

/** The serializer for the text of a result. Throws `UnsupportedRecordError` if only Python can read it. */
export function serializerOf(settings: SerializerDescription): Serializer {
  if (settings.type === "json") return pythonJson;
  if (settings.type === "pickle") throw unsupported("is a Python pickle, which is never loaded here");
  if (!isCompressed(settings)) throw unsupported(`was written by the serializer "${settings.type}"`);
  const innerSettings = innerOf(settings);
  if (isCompressed(innerSettings)) throw unsupported("is compressed twice");
  const inner = serializerOf(innerSettings);
  const format = formatOf(settings);
  if (!format) throw unsupported(`is compressed by "${libraryOf(settings)}", which the platform can't undo`);
  const compressed = new CompressedSerializer({ serializer: inner, format });
  return {
    type: settings.type,
    dumps: async (value) => encoder.encode(toBase64Lines(await compressed.dumps(value))),
    loads: async (bytes, limits) => compressed.loads(fromBase64Lines(decoder.decode(bytes)), limits),
  };
}

function unsupported(what: string): UnsupportedRecordError {
  const remedy = `result_serializer="json", or a CompressedSerializer of "json" with compressionlib "zlib" or "gzip"`;
  return new UnsupportedRecordError(`The result ${what}; have Prefect write JSON: ${remedy}`);
}

function isCompressed({ type }: SerializerDescription): boolean {
  return type === "compressed" || type.startsWith("compressed/");
}

function libraryOf({ compressionlib = "lzma" }: SerializerDescription): string {
  return compressionlib as string;
}

function formatOf(settings: SerializerDescription): Format | undefined {
  if (!isCompressed(settings)) return undefined;
  const library = libraryOf(settings);
  return library === "gzip" ? "gzip" : library === "zlib" ? "deflate" : undefined;
}

/** The serializer whose bytes were compressed. */
function innerOf({ type, serializer }: SerializerDescription): SerializerDescription {
  if (isObject(serializer) && typeof serializer["type"] === "string") return serializer as SerializerDescription;
  return { type: type.slice("compressed/".length) };
}

function toJsonSettings(given: unknown): SerializerDescription {
  if (!isObject(given) || given["type"] !== "json") return jsonSettings;
  const kept = Object.entries(given).filter(([name]) => Object.hasOwn(jsonSettings, name));
  return { ...jsonSettings, ...Object.fromEntries(kept) };
}
