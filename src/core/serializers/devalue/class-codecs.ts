import { ConfigurationError } from "../../../errors/index.ts";

/** A class whose instances are stored as their own enumerable properties, or a class with functions to dump and load them. */
export type RegisteredClass = AnyClass | ClassCodec;

export type AnyClass = abstract new (...args: never) => object;

export interface ClassCodec {
  readonly class: AnyClass;
  /** The stored data of an instance. Default: its own enumerable properties. */
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
}

/** The registered classes, by their name in records and by the prototype of their instances. */
export class ClassCodecs {
  readonly #byName = new Map<string, ResolvedClass>();
  readonly #byPrototype = new Map<unknown, ResolvedClass>();

  constructor(classes: Readonly<Record<string, RegisteredClass>> = {}) {
    for (const [name, given] of Object.entries(classes)) {
      const codec: ClassCodec = typeof given === "function" ? { class: given } : given;
      if (typeof codec?.class !== "function") throw new ConfigurationError(`The class "${name}" is no class`);
      const resolved = {
        name,
        prototype: codec.class.prototype as object,
        dump: codec.dump as ResolvedClass["dump"],
        load: codec.load as ResolvedClass["load"],
      };
      this.#byName.set(name, resolved);
      this.#byPrototype.set(resolved.prototype, resolved);
    }
  }

  named(name: unknown): ResolvedClass | undefined {
    return this.#byName.get(name as string);
  }

  of(instance: object): ResolvedClass | undefined {
    return this.#byPrototype.get(Object.getPrototypeOf(instance));
  }

  /** The `dump` of an instance, if its class was registered with one. */
  dumpOf(instance: object): (() => unknown) | undefined {
    const { dump } = this.of(instance) ?? {};
    return dump && (() => dump(instance));
  }
}
