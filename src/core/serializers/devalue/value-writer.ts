import { DevalueError, stringify } from "devalue";
import type { ImageParts } from "../../support/image-parts.ts";
import type { ClassCodecs, ResolvedClass } from "./class-codecs.ts";
import { MemoryChunks } from "./memory-chunks.ts";
import { ValueBounds } from "./value-bounds.ts";
import { errorNames, mark, type Payload, type Properties, viewNames } from "./value-marks.ts";

/** Types that devalue supports by itself, by `Object.prototype.toString`. */
const devalueTags = /^(Map|Set|Date|RegExp|URL|URLSearchParams|Number|String|Boolean|BigInt|Array|Temporal\.\w+)$/;

type Pack = (thing: object) => unknown;
const leaveToDevalue: Pack = () => undefined;

/** Writes the text of a value in devalue's notation, and collects the memory that it shows. */
export class ValueWriter {
  readonly memory = new MemoryChunks();
  /** Whether the value has instances that `load` creates, which can't be part of a cycle. */
  loadsWhole = false;
  readonly #classes: ClassCodecs;
  readonly #packs = new Map<unknown, Pack>();
  readonly #bounds = new ValueBounds();

  constructor(classes: ClassCodecs) {
    this.#classes = classes;
  }

  write(value: unknown): string {
    return stringify(value, { [mark]: (thing: unknown) => this.#reduce(thing) });
  }

  /** Called for everything in the value, so it has to return quickly for plain values. */
  #reduce(thing: unknown): unknown {
    if (typeof thing === "bigint" && !this.#bounds.hasRoomForBigInt(thing)) refuse(thing);
    if (typeof thing !== "object" || thing === null) return undefined;
    const prototype: unknown = Object.getPrototypeOf(thing);
    if (prototype === Array.prototype) return "index" in thing ? packArray(thing as unknown[]) : undefined;
    if (prototype === Object.prototype || prototype === null) return packPlain(thing, prototype);
    if (prototype === Map.prototype || prototype === Set.prototype || prototype === Date.prototype) return undefined;
    let pack = this.#packs.get(prototype);
    if (!pack) this.#packs.set(prototype, (pack = this.#choose(thing, prototype as object)));
    return pack(thing);
  }

  #choose(thing: object, prototype: object): Pack {
    const codec = this.#classes.of(thing);
    if (codec) return (instance) => this.#packInstance(instance, codec);
    const tag = Object.prototype.toString.call(thing).slice(8, -1);
    const { name } = (prototype.constructor ?? "") as { name?: string };
    if (name === "Buffer" && tag === "Uint8Array") return (view) => this.#addView(view, tag);
    if (tag === "Error" && errorNames.test(name!)) return (error) => packError(error, "error", name!);
    if (tag === "Object" && name === tag && Object.getPrototypeOf(prototype) === null) return leaveToDevalue;
    // a subclass has another name than its built-in base, and its own part would be lost
    if (name !== tag.slice(tag.indexOf(".") + 1)) return refuse;
    if (tag === "RegExp") return (regExp) => this.#packRegExp(regExp as RegExp);
    if (tag === "URLSearchParams")
      return (params) =>
        this.#bounds.hasRoomForParams((params as URLSearchParams).toString()) ? undefined : refuse(params);
    if (devalueTags.test(tag)) return leaveToDevalue;
    if (viewNames.test(tag)) return (view) => this.#addView(view, tag);
    if (tag === "ArrayBuffer") return (buffer) => this.#addBuffer(buffer as ArrayBuffer);
    if (tag === "Blob" || tag === "File") return (blob) => this.#addBlob(blob as File, tag);
    if (tag === "DOMException") return packDomException as Pack;
    return tag === "ImageData" ? (packImageData as Pack) : refuse;
  }

  #addView(thing: object, kind: string): number {
    const { buffer, byteOffset, byteLength } = thing as ArrayBufferView;
    // another thread may write to it
    if (Object.prototype.toString.call(buffer) !== "[object ArrayBuffer]" || isDetached(buffer)) refuse(thing);
    return this.memory.add(kind, buffer as ArrayBuffer, byteOffset, byteLength);
  }

  #addBuffer(buffer: ArrayBuffer): number {
    if (isDetached(buffer)) refuse(buffer);
    const extra = buffer.resizable ? [buffer.maxByteLength] : [];
    return this.memory.add("ArrayBuffer", buffer, 0, buffer.byteLength, ...extra);
  }

  #addBlob(blob: File, kind: string): number {
    if (!this.#bounds.hasRoomForBlob()) refuse(blob);
    const extra = kind === "File" ? [blob.type, blob.name, blob.lastModified] : [blob.type];
    return this.memory.add(kind, blob, 0, blob.size, ...extra);
  }

  /** devalue drops `lastIndex`, so a regular expression needs a payload unless it is 0. */
  #packRegExp(regExp: RegExp): Payload | undefined {
    const { source, lastIndex } = regExp;
    if (lastIndex !== 0) return ["regexp", "", { regExp: new RegExp(regExp), lastIndex }];
    return this.#bounds.hasRoomForPattern(source) ? undefined : refuse(regExp);
  }

  #packInstance(instance: object, { name, dump, load }: ResolvedClass): Payload {
    if (load) this.loadsWhole = true;
    if (!dump && instance instanceof Error) {
      const packed = packError(instance, "class", name);
      return load ? ["class", name, 0, { ...packed[4], ...packed[3] }] : packed;
    }
    const data = dump ? dump(instance) : ownProperties(instance);
    if (!load && (typeof data !== "object" || data === null)) refuse(instance);
    return ["class", name, 0, data];
  }
}

function refuse(thing: unknown): never {
  throw new DevalueError("not carried", [], thing);
}

function isDetached(buffer: ArrayBufferLike): boolean {
  return (buffer as { detached?: boolean }).detached === true;
}

/** devalue supports plain objects, but no own `__proto__`, and it trusts an own tag. */
function packPlain(thing: object, prototype: unknown): Payload | undefined {
  if (Symbol.toStringTag in thing) refuse(thing);
  if (!Object.hasOwn(thing, "__proto__")) return undefined;
  return ["object", "", prototype === null, new Map(ownEntries(thing))];
}

/** Packs the properties that a match has besides its elements. */
function packArray(array: unknown[]): Payload {
  return ["array", "", array.length, new Map(ownEntries(array))];
}

type ErrorPayload = readonly [kind: string, name: string, extra: unknown, shown: Properties, hidden: Properties];

function packError(error: object, kind: string, name: string, extra: unknown = 0): ErrorPayload {
  const hidden: Record<string, unknown> = {};
  for (const key of ["name", "message", "cause", "errors", "error", "suppressed"]) {
    const own = Object.getOwnPropertyDescriptor(error, key);
    if (own && !own.enumerable) hidden[key] = own.value;
  }
  // some engines have the stack on the prototype
  const { stack } = error as Error;
  if (typeof stack === "string") hidden["stack"] = stack;
  return [kind, name, extra, ownProperties(error), hidden];
}

function packDomException(error: DOMException): Payload {
  const [kind, name, extra, shown, hidden] = packError(error, "domexception", error.name, error.message);
  // workerd has own properties that other runtimes have on the prototype
  const own = Object.entries(shown).filter(([key]) => !/^(code|name|message|stack)$/.test(key));
  return [kind, name, extra, Object.fromEntries(own), hidden];
}

function packImageData(image: ImageParts): Payload {
  const { data, width, height, colorSpace, pixelFormat } = image;
  return ["imagedata", "", { data, width, height, colorSpace, pixelFormat }];
}

/** Own enumerable properties; an own `__proto__` stays one. */
function ownProperties(thing: object): Record<string, unknown> {
  return Object.fromEntries(ownEntries(thing));
}

function ownEntries(thing: object): [string, unknown][] {
  const isEnumerable = (symbol: symbol) => Object.prototype.propertyIsEnumerable.call(thing, symbol);
  if (Object.getOwnPropertySymbols(thing).some(isEnumerable)) refuse(thing);
  return Object.entries(thing);
}
