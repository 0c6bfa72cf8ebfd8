import { ConfigurationError } from "../../errors/index.ts";
import type { Serializer, SerializerDescription } from "./serializer.ts";
import { UnknownSerializer } from "./unknown-serializer.ts";

/**
 * Makes a serializer from the options in a record, which are those that `Serializer.options` gave. `inner` is the rest of
 * the type where the factory is registered for a prefix such as `"compressed/"`. `undefined`: it can't make one of these.
 */
export type SerializerFactory = (options: Readonly<Record<string, unknown>>, inner: string) => Serializer | undefined;

/** A serializer, or the name under which one is registered. */
export type ResultSerializerInput = Serializer | string;

const factories = new Map<string, SerializerFactory>();

/**
 * Makes records that name `type` readable, and `type` a name that options accept. A `type` that ends in a slash, such as
 * `"compressed/"`, stands for all names that begin with it. Replaces what had the name before. The function that it
 * returns undoes that.
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

/** Whether a factory has this very name. */
export function isRegistered(type: string): boolean {
  return factories.has(type);
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
  const made = findSerializer(description);
  if (made) return made;
  const known = [...factories.keys()].map((type) => (type.endsWith("/") ? `"${type}…"` : `"${type}"`)).join(", ");
  throw new ConfigurationError(
    `No serializer is registered as "${description.type}"; known are ${known || "none"}. Give one itself, or registerSerializer it`,
  );
}

/**
 * The serializer that reads what a record's head describes: `preferred` if it is of that kind, so that its classes are known;
 * an `UnknownSerializer` where none is registered.
 */
export function serializerFor(description: SerializerDescription, preferred?: Serializer): Serializer {
  if (preferred && JSON.stringify(describeSerializer(preferred)) === JSON.stringify(description)) return preferred;
  const { type, ...options } = description;
  return findSerializer(description) ?? new UnknownSerializer(type, options);
}

/** What goes into a record's head. */
export function describeSerializer({ type, options }: Serializer): SerializerDescription {
  return { type, ...options };
}

/** The serializer that is registered for a description, if any. */
export function findSerializer({ type, ...options }: SerializerDescription): Serializer | undefined {
  const prefix = type.slice(0, type.indexOf("/") + 1);
  const factory = factories.get(type) ?? factories.get(prefix);
  return factory?.(options, type.slice(prefix.length));
}

function isSerializer(meant: Serializer | string | SerializerDescription): meant is Serializer {
  const { dumps, loads } = (meant ?? {}) as Partial<Serializer>;
  return typeof dumps === "function" && typeof loads === "function";
}
