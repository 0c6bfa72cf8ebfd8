import { ConfigurationError } from "../../errors/index.ts";
import type { SerializerDescription } from "../record/result-record-metadata.ts";
import type { Serializer } from "./serializer.ts";
import { CompressedSerializer } from "./compressed-serializer.ts";
import { DevalueSerializer } from "./devalue/devalue-serializer.ts";
import { JsonSerializer } from "./json-serializer.ts";
import { UnknownSerializer } from "./unknown-serializer.ts";

/** Makes a serializer from the options in a record, which are those that `Serializer.options` gave. */
export type SerializerFactory = (options: Readonly<Record<string, unknown>>) => Serializer;

/** A serializer, or the name under which one is registered. */
export type ResultSerializerInput = Serializer | string;

const compressedPrefix = "compressed/";

const factories = new Map<string, SerializerFactory>([
  ["devalue", () => new DevalueSerializer()],
  ["json", () => new JsonSerializer()],
]);

/**
 * Makes records that name `type` readable, and `type` a name that can stand for a serializer in options. Takes the
 * place of what had the name before. The function that it returns undoes it.
 *
 * @example
 * ```ts
 * registerSerializer("devalue", () => new DevalueSerializer({ classes: { Point } }));
 * ```
 */
export function registerSerializer(type: string, factory: SerializerFactory): () => void {
  const before = factories.get(type);
  factories.set(type, factory);
  return () => {
    if (factories.get(type) !== factory) return;
    if (before) factories.set(type, before);
    else factories.delete(type);
  };
}

/** The serializer that is meant by an instance, a name or a description. Throws `ConfigurationError` for an unknown name. */
export function resolveSerializer(meant: Serializer | string | SerializerDescription): Serializer {
  if (isSerializer(meant)) return meant;
  const description = typeof meant === "string" ? { type: meant } : meant;
  if (typeof description?.type !== "string") {
    throw new ConfigurationError(
      `A serializer is an object with type, dumps and loads, or a name; got ${typeof meant}`,
    );
  }
  const made = make(description);
  if (made) return made;
  const known = [...factories.keys()].map((type) => `"${type}"`).join(", ");
  throw new ConfigurationError(
    `No serializer is registered as "${description.type}"; known are ${known}, and each with "${compressedPrefix}" before it`,
  );
}

/**
 * The serializer that reads what a record's head describes: `preferred` if it is of that kind, so that its classes are known;
 * an `UnknownSerializer` where none is registered.
 */
export function serializerFor(description: SerializerDescription, preferred?: Serializer): Serializer {
  if (preferred && JSON.stringify(describeSerializer(preferred)) === JSON.stringify(description)) return preferred;
  const { type, ...options } = description;
  return make(description) ?? new UnknownSerializer(type, options);
}

/** What goes into a record's head. */
export function describeSerializer({ type, options }: Serializer): SerializerDescription {
  return { type, ...options };
}

function make({ type, ...options }: SerializerDescription): Serializer | undefined {
  const factory = factories.get(type);
  if (factory) return factory(options);
  if (!type.startsWith(compressedPrefix)) return undefined;
  const inner = make({ ...(options["serializer"] as object | undefined), type: type.slice(compressedPrefix.length) });
  const { format = "gzip" } = options;
  return inner && (format === "gzip" || format === "deflate")
    ? new CompressedSerializer({ serializer: inner, format })
    : undefined;
}

function isSerializer(meant: Serializer | string | SerializerDescription): meant is Serializer {
  return (
    typeof meant === "object" &&
    meant !== null &&
    typeof meant["dumps"] === "function" &&
    typeof meant["loads"] === "function"
  );
}
