import { ConfigurationError } from "../../../errors/index.ts";

/** A class whose instances are carried by their own enumerable properties, or a class and how to take it apart and put it together. */
export type RegisteredClass = AnyClass | ClassCodec;

export type AnyClass = abstract new (...args: never) => object;

export interface ClassCodec {
  readonly class: AnyClass;
  /** What of an instance is kept; its own enumerable properties where this is missing. */
  readonly dump?: (instance: never) => unknown;
  /**
   * An instance from what `dump` gave. Where this is missing, the properties are set on a new object of the class
   * without calling its constructor. With it an instance can't be part of a cycle.
   */
  readonly load?: (data: never) => object;
}

export interface ResolvedClass {
  readonly name: string;
  readonly prototype: object;
  readonly dump: ((instance: object) => unknown) | undefined;
  readonly load: ((data: unknown) => object) | undefined;
}

/** The registered classes, by the name that goes into records and by the prototype that instances have. */
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

  /** What takes the instance apart, where its class was registered with it. */
  dumpOf(instance: object): (() => unknown) | undefined {
    const { dump } = this.of(instance) ?? {};
    return dump && (() => dump(instance));
  }
}
