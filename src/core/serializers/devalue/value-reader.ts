import { unflatten } from "devalue";
import { SerializationError, UnsupportedRecordError } from "../../../errors/index.ts";
import type { ImageParts } from "../../support/image-parts.ts";
import { isPlainObject } from "../../support/is-plain-object.ts";
import type { ClassCodecs } from "./class-codecs.ts";
import type { MemoryReader } from "./memory-reader.ts";
import { registration } from "./refuse-part.ts";
import { builtIn, errorNames, mark, type Payload } from "./value-marks.ts";

/** The first element of devalue's sparse arrays, before their length. */
const sparse = -7;

/** The reverse of `ValueWriter`. It creates only the types named here, and defines properties instead of assigning them. */
export class ValueReader {
  readonly #memory: MemoryReader;
  readonly #classes: ClassCodecs;
  /** Objects by payload. If a value leads back to itself, devalue calls a second time before the payload is complete. */
  readonly #made = new Map<Payload, object>();
  /** The objects that have the properties. */
  readonly #owners = new Map<unknown, object>();

  constructor(memory: MemoryReader, classes: ClassCodecs) {
    this.#memory = memory;
    this.#classes = classes;
  }

  read(flattened: number | unknown[]): unknown {
    const revive = (payload: unknown) =>
      typeof payload === "number" ? this.#memory.read(payload) : this.#revive(payload as Payload);
    return unflatten(flattened, { [mark]: revive }, "Temporal" in globalThis ? undefined : withoutTemporal);
  }

  #revive(payload: Payload): object {
    const made = this.#made.get(payload) ?? this.#make(payload);
    this.#made.set(payload, made);
    const [kind, name, , shown, hidden] = payload;
    if (payload.length > 3 && !(kind === "class" && this.#classes.named(name)?.load)) {
      this.#define(made, shown, { enumerable: true });
      this.#define(made, hidden);
    }
    return made;
  }

  #make(payload: Payload): object {
    const [kind, name, extra] = payload;
    assertType("string", kind, name);
    switch (kind) {
      case "object":
        return extra ? (Object.create(null) as object) : {};
      case "array":
        // memory would be taken for the length of an ordinary array
        return unflatten([[sparse, extra]]) as object;
      case "regexp":
        return makeRegExp(extra as Parameters<typeof makeRegExp>[0]);
      case "error":
        return makeError(errorNames.test(name) ? (builtIn(name).prototype as object) : Error.prototype);
      case "domexception":
        assertType("string", extra);
        return withoutStack(() => new (builtIn("DOMException"))(extra, name));
      case "duration":
        return makeDuration(extra as number[]);
      case "imagedata":
        return makeImageData(extra as ImageParts);
      case "class":
        return this.#makeInstance(name, payload);
      default:
        throw new SerializationError(`The bytes name an unknown kind of value, "${kind}"`);
    }
  }

  /** Defines properties once. They belong to one object, or a short text could give many objects many of them. */
  #define(made: object, properties: unknown, attributes: PropertyDescriptor = {}): void {
    if (properties === undefined || this.#owners.get(properties) === made) return;
    const isMap = properties instanceof Map;
    if (this.#owners.has(properties) || !(isMap || isPlainObject(properties))) throw misplaced();
    this.#owners.set(properties, made);
    for (const [key, value] of isMap ? (properties as Map<unknown, unknown>) : Object.entries(properties)) {
      assertType("string", key);
      // one that can't be defined on a platform's object stays as the platform made it
      Reflect.defineProperty(made, key as string, { value, writable: true, configurable: true, ...attributes });
    }
  }

  #makeInstance(name: string, payload: Payload): object {
    const codec = this.#classes.named(name);
    if (!codec) {
      throw new UnsupportedRecordError(
        `The record holds an instance of "${name}", a class that is not registered: ${registration(name)}`,
      );
    }
    const { prototype, load } = codec;
    if (!load) return prototype instanceof Error ? makeError(prototype) : (Object.create(prototype) as object);
    if (!(3 in payload))
      throw new SerializationError(
        `An instance of "${name}" leads back to itself. Leave out its load, which needs whole data`,
      );
    return load(payload[3]);
  }
}

/** A genuine error, which `Object.create` doesn't make. */
function makeError(prototype: object): object {
  return Object.setPrototypeOf(
    withoutStack(() => new Error()),
    prototype,
  ) as object;
}

/** Makes an error without the stack of this place, which takes more time and memory than all the rest of it. */
function withoutStack<T>(make: () => T): T {
  const limit: unknown = Reflect.get(Error, "stackTraceLimit");
  Reflect.set(Error, "stackTraceLimit", 0);
  try {
    return make();
  } finally {
    Reflect.set(Error, "stackTraceLimit", limit);
  }
}

function misplaced(): SerializationError {
  return new SerializationError("The bytes hold a part of a value that has another type");
}

/** A platform would turn any other part into text, which has no bound where lists of lists share each other. */
function assertType(type: "string" | "number", ...parts: readonly unknown[]): void {
  if (parts.some((part) => typeof part !== type)) throw misplaced();
}

function makeRegExp({ regExp, lastIndex }: { regExp: RegExp; lastIndex: number }): RegExp {
  assertType("number", lastIndex);
  regExp.lastIndex = lastIndex;
  return regExp;
}

function makeDuration(units: number[]): object {
  assertType("number", ...units);
  const { Temporal } = globalThis as { Temporal?: { Duration: new (...units: number[]) => object } };
  return new (Temporal?.Duration ?? builtIn("Temporal.Duration"))(...units);
}

function makeImageData(image: ImageParts): object {
  const { data, width, height, colorSpace, pixelFormat } = image;
  assertType("number", width, height);
  assertType("string", colorSpace ?? "", pixelFormat ?? "");
  if (!ArrayBuffer.isView(data)) throw misplaced();
  return new (builtIn("ImageData"))(data, width, height, image);
}

const withoutTemporal = {
  operations: {
    fromStringValue(tag: string, text: string): object {
      if (tag === "URL") return new URL(text);
      return tag === "URLSearchParams" ? new URLSearchParams(text) : new (builtIn(tag))();
    },
  },
};
