import { ConfigurationError } from "../../../errors/index.ts";
import { errorNames } from "./value-marks.ts";

/** A class whose instances are stored as their own properties, or a class with functions to dump and load them. */
export type RegisteredClass = AnyClass | ClassCodec;

/** Any class, abstract ones too. */
export type AnyClass = abstract new (...args: never) => object;

/** A class with functions that turn its instances into plain data and back. */
export interface ClassCodec {
  /** The class itself. Instances of its subclasses don't count. */
  readonly class: AnyClass;
  /** The stored data of an instance. Default: its own properties. Private fields and the content of a built-in class need one. */
  readonly dump?: (instance: never) => unknown;
  /**
   * Creates an instance from the data of `dump`. Default: the properties are set on a new object of the class, without calling
   * its constructor. With `load`, an instance can't be part of a cycle.
   */
  readonly load?: (data: never) => object;
}

export interface ResolvedClass {
  readonly name: string;
  readonly prototype: object;
  readonly dump: ((instance: object) => unknown) | undefined;
  readonly load: ((data: unknown) => object) | undefined;
  /** Whether instances have content of a built-in class besides their properties. */
  readonly extendsPlatform: boolean;
}

/** The registered classes, by their name in records and by the prototype of their instances. */
export class ClassCodecs {
  readonly #byName = new Map<string, ResolvedClass>();
  readonly #byPrototype = new Map<unknown, ResolvedClass>();

  constructor(classes: Readonly<Record<string, RegisteredClass>> = {}) {
    for (const [name, given] of Object.entries(classes)) {
      const codec: ClassCodec = typeof given === "function" ? { class: given } : given;
      if (typeof codec?.class !== "function") {
        throw new ConfigurationError(
          `classes.${name} has to be a class, or { class, dump, load }; got ${typeof given}`,
        );
      }
      const resolved = {
        name,
        prototype: codec.class.prototype as object,
        dump: codec.dump as ResolvedClass["dump"],
        load: codec.load as ResolvedClass["load"],
        extendsPlatform: extendsPlatform(codec.class.prototype as object),
      };
      this.#byName.set(name, resolved);
      this.#byPrototype.set(resolved.prototype, resolved);
    }
  }

  named(name: unknown): ResolvedClass | undefined {
    return this.#byName.get(name as string);
  }

  of(prototype: object | null): ResolvedClass | undefined {
    return this.#byPrototype.get(prototype);
  }

  /** The `dump` of an instance, if its class was registered with one. */
  dumpOf(instance: object): (() => unknown) | undefined {
    const { dump } = this.of(Object.getPrototypeOf(instance) as object | null) ?? {};
    return dump && (() => dump(instance));
  }
}

/**
 * The name of the platform's class with this prototype, in this realm or another, such as `"Map"` or `"Temporal.Instant"`. It
 * is empty for any other class, even for one that extends a platform's.
 */
export function platformClass(prototype: object | null): string {
  if (!prototype) return "Object";
  const type = prototype.constructor as { name: string; prototype: unknown } | undefined;
  if (type?.prototype !== prototype || !isPlatforms(type)) return "";
  // an inherited tag is that of the class which this one extends
  const { [Symbol.toStringTag]: tag } = prototype as { [Symbol.toStringTag]?: string };
  return (Object.hasOwn(prototype, Symbol.toStringTag) && tag) || type.name;
}

function isPlatforms(type: { name: string }): boolean {
  // Node and polyfills write some classes in JavaScript, and not every runtime has Node's Buffer as a global
  const scopes = [globalThis, (globalThis as { Temporal?: object }).Temporal] as (
    | Record<string, unknown>
    | undefined
  )[];
  return (
    (type.name === "Buffer" && "isBuffer" in type) ||
    scopes.some((scope) => scope?.[type.name] === type) ||
    /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(type))
  );
}

function extendsPlatform(prototype: object): boolean {
  for (let each: object | null = prototype; each; each = Object.getPrototypeOf(each) as object | null) {
    const kind = platformClass(each);
    if (kind && kind !== "Object" && !errorNames.test(kind)) return true;
  }
  return false;
}
