import { stringify } from "devalue";
import { isPlainObject } from "../../support/is-plain-object.ts";
import { type ClassCodecs, platformClass, type ResolvedClass } from "./class-codecs.ts";
import { MemoryChunks } from "./memory-chunks.ts";
import { beyondBounds, isBuiltIn, refuse } from "./refuse-part.ts";
import { ValueBounds } from "./value-bounds.ts";
import { errorNames, mark, type Payload, viewNames } from "./value-marks.ts";
import {
  checkPartOfDay,
  errorProperties,
  extras,
  packArray,
  packDomException,
  packDuration,
  packError,
  packImageData,
  packObject,
  packRegExp,
  propertiesOf,
  refuseExtras,
} from "./value-packs.ts";

/** Classes that devalue supports by itself. */
const devalueClasses = /^(Map|Set|Date|URL|Number|String|Boolean|BigInt|Temporal\.\w+)$/;
const partsOfDays = /^Temporal\.Plain(MonthDay|YearMonth)$/;

/** The largest typed array that is searched for properties besides its elements. */
const maxListed = 1_000;

/** What is left to devalue was looked at before. */
const operations = {
  isThenable: () => false,
  shapeOf: (thing: object) => ({
    kind: Object.getPrototypeOf(thing) === null ? ("null-proto" as const) : ("plain" as const),
    keys: Object.keys(thing),
  }),
};

type Pack = (thing: object) => unknown;

/** Writes the text of a value in devalue's notation, and collects the memory that it shows. */
export class ValueWriter {
  readonly memory = new MemoryChunks();
  /** Whether the value has instances that `load` creates, which can't be part of a cycle. */
  loadsWhole = false;
  /** The object that is being read. */
  latest: unknown;
  readonly #classes: ClassCodecs;
  readonly #packs = new Map<unknown, Pack>();
  readonly #bounds = new ValueBounds();

  constructor(classes: ClassCodecs) {
    this.#classes = classes;
  }

  write(value: unknown): string {
    return stringify(value, { [mark]: (thing: unknown) => this.#reduce(thing) }, { operations });
  }

  /** Called for everything in the value, so it has to return quickly for plain values. */
  #reduce(thing: unknown): unknown {
    if (typeof thing === "bigint" && !this.#bounds.hasRoomForBigInt(thing)) refuse(thing, beyondBounds);
    if (typeof thing !== "object" || thing === null) return undefined;
    this.latest = thing;
    const prototype = Object.getPrototypeOf(thing) as object | null;
    let pack = this.#packs.get(prototype);
    if (!pack) this.#packs.set(prototype, (pack = this.#choose(prototype)));
    return pack(thing);
  }

  #choose(prototype: object | null): Pack {
    const codec = this.#classes.of(prototype);
    if (codec) return (instance) => this.#packInstance(instance, codec);
    const kind = platformClass(prototype);
    if (kind === "Object") return packObject;
    if (kind === "Array") return packArray;
    if (errorNames.test(kind)) return (error) => packError(error, kind);
    if (kind === "DOMException") return packDomException as Pack;
    if (kind === "Buffer") return (view) => this.#addView(view, "Uint8Array");
    if (viewNames.test(kind)) return (view) => this.#addView(view, kind);
    if (kind === "RegExp") return (regExp) => this.#packRegExp(regExp as RegExp);
    if (kind === "URLSearchParams") return (params) => this.#checkParams(params);
    if (kind === "ArrayBuffer") return (buffer) => this.#addBuffer(buffer as ArrayBuffer);
    if (kind === "Blob" || kind === "File") return (blob) => this.#addBlob(blob as File, kind);
    if (kind === "ImageData") return packImageData as Pack;
    if (kind === "Temporal.Duration") return packDuration;
    if (partsOfDays.test(kind)) return (thing) => checkPartOfDay(thing, kind);
    if (kind === "String") return (text) => refuseExtras(text, kind, Object(text.valueOf()) as object);
    if (devalueClasses.test(kind)) return (thing) => refuseExtras(thing, kind);
    return (thing) => refuse(thing, kind ? isBuiltIn : undefined);
  }

  #addView(thing: object, kind: string): number {
    const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT = Infinity } = thing as Partial<Uint8Array> & DataView;
    const elements = byteLength / BYTES_PER_ELEMENT;
    // engines list the keys of typed arrays slowly
    if (elements <= maxListed && Reflect.ownKeys(thing).length > elements) refuse(thing, extras);
    // another thread may write to it
    if (Object.prototype.toString.call(buffer) !== "[object ArrayBuffer]") refuse(thing, " over shared memory");
    // throws if the memory was detached, or ends before the view
    if (kind !== "DataView") Uint8Array.prototype.at.call(thing as Uint8Array, 0);
    return this.memory.add(kind, buffer as ArrayBuffer, byteOffset, byteLength);
  }

  #addBuffer(buffer: ArrayBuffer): number {
    refuseExtras(buffer, "ArrayBuffer");
    // throws if it was detached
    const { byteLength } = new Uint8Array(buffer);
    const extra = buffer.resizable ? [buffer.maxByteLength] : [];
    return this.memory.add("ArrayBuffer", buffer, 0, byteLength, ...extra);
  }

  #addBlob(blob: File, kind: string): number {
    if (!this.#bounds.hasRoomForBlob()) refuse(blob, beyondBounds);
    refuseExtras(blob, kind, kind === "File" ? new File([], "") : new Blob().slice());
    const extra = kind === "File" ? [blob.type, blob.name, blob.lastModified] : [blob.type];
    return this.memory.add(kind, blob, 0, blob.size, ...extra);
  }

  #packRegExp(regExp: RegExp): Payload | undefined {
    const packed = packRegExp(regExp);
    if (!packed && !this.#bounds.hasRoomForPattern(regExp.source)) refuse(regExp, beyondBounds);
    return packed;
  }

  #checkParams(params: object): void {
    refuseExtras(params, "URLSearchParams");
    if (!this.#bounds.hasRoomForParams((params as URLSearchParams).toString())) refuse(params, beyondBounds);
  }

  #packInstance(instance: object, { name, dump, load, extendsPlatform }: ResolvedClass): Payload {
    if (load) this.loadsWhole = true;
    if (dump) {
      const data = dump(instance);
      if (load) return ["class", name, 0, data];
      if (!isPlainObject(data)) refuse(instance, ", whose `dump` gave no plain object,");
      // a reader takes properties for one instance alone
      return ["class", name, 0, { ...data }];
    }
    if (extendsPlatform) refuse(instance, ", which extends a built-in class and needs a `dump`,");
    const [shown, hidden] = instance instanceof Error ? errorProperties(instance) : propertiesOf(instance);
    return load ? ["class", name, 0, { ...hidden, ...shown }] : ["class", name, 0, shown, hidden];
  }
}
