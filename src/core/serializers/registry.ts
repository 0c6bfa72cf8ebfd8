import { ConfigurationError } from "../../errors/index.ts";
import type { Serializer, SerializerDescription } from "./serializer.ts";
import { UnknownSerializer } from "./unknown-serializer.ts";

/**
 * Creates a serializer from the options in a record, which come from `Serializer.options`. `inner` is the rest of the type if
 * the factory is registered for a prefix such as `"compressed/"`. It returns `undefined` if it can't create this serializer.
 */
export type SerializerFactory = (options: Readonly<Record<string, unknown>>, inner: string) => Serializer | undefined;

/** A serializer, or the name under which one is registered. */
export type ResultSerializerInput = Serializer | string;

const factories = new Map<string, SerializerFactory>();

/**
 * Makes records of `type` readable, and lets options name the serializer by `type`. A `type` that ends in a slash, such as
 * `"compressed/"`, covers all names that begin with it. It replaces an earlier registration of the name. The function that
 * it returns undoes the registration.
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

/** Whether a factory is registered under exactly this name. */
export function isRegistered(type: string): boolean {
  return factories.has(type);
}

/**
 * The serializer for an instance, a name or a description. Throws `ConfigurationError` for an unknown name.
 *
 * @example
 * ```ts
 * resolveSerializer("json").type; // "json"
 * ```
 */
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
    `No serializer is registered as "${description.type}"; known are ${known || "none"}. registerSerializer adds one`,
  );
}

/**
 * The serializer for the description in a record's head. Returns `preferred` if its type matches, so that its classes are
 * known, and an `UnknownSerializer` if none is registered.
 */
export function serializerFor(description: SerializerDescription, preferred?: Serializer): Serializer {
  if (preferred && JSON.stringify(describeSerializer(preferred)) === JSON.stringify(description)) return preferred;
  const { type, ...options } = description;
  return findSerializer(description) ?? new UnknownSerializer(type, options);
}

/** The description of a serializer in a record's head. */
export function describeSerializer({ type, options }: Serializer): SerializerDescription {
  return { type, ...options };
}

/** The registered serializer for a description, if any. */
export function findSerializer({ type, ...options }: SerializerDescription): Serializer | undefined {
  const prefix = type.slice(0, type.indexOf("/") + 1);
  const factory = factories.get(type) ?? factories.get(prefix);
  return factory?.(options, type.slice(prefix.length));
}

function isSerializer(meant: Serializer | string | SerializerDescription): meant is Serializer {
  const { dumps, loads } = (meant ?? {}) as Partial<Serializer>;
  return typeof dumps === "function" && typeof loads === "function";
}
