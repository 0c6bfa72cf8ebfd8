import { durationParts } from "../../support/duration-parts.ts";
import type { ImageParts } from "../../support/image-parts.ts";
import { elementsOf, isOrdinary } from "../plain-json.ts";
import { refuse } from "./refuse-part.ts";
import { builtIn, type Payload, type Properties } from "./value-marks.ts";

export const extras = " with properties of its own";

type OwnProperties = readonly [shown: Properties, hidden: Properties];

/** Own properties, the enumerable ones first. An own `__proto__` stays one. */
export function propertiesOf(
  thing: object,
  isOmitted?: (key: string | symbol, isShown: boolean) => boolean,
): OwnProperties {
  const shown: [string, unknown][] = [];
  const hidden: [string, unknown][] = [];
  for (const key of Reflect.ownKeys(thing)) {
    const isShown = Object.prototype.propertyIsEnumerable.call(thing, key);
    if (isOmitted?.(key, isShown)) continue;
    if (typeof key === "symbol") refuse(thing, extras);
    (isShown ? shown : hidden).push([key, (thing as Properties)[key]]);
  }
  return [Object.fromEntries(shown), Object.fromEntries(hidden)];
}

/** Hidden properties of errors that nobody but their maker attaches. */
const ownParts = /^(cause|error|suppressed|message)$/;

/** Leaves out the hidden functions and symbols that platforms attach to errors, and the properties of `model`, which are symbols in Deno. */
export function errorProperties(error: object, model: object = {}): OwnProperties {
  const [shown, hidden] = propertiesOf(
    error,
    (key, isShown) =>
      (typeof key === "symbol" && Object.hasOwn(model, key)) ||
      (!isShown &&
        (typeof key === "symbol" || (!ownParts.test(key) && typeof (error as Properties)[key] === "function"))),
  );
  // some engines have the stack on the prototype
  return [shown, { ...hidden, ...("stack" in shown ? {} : { stack: (error as Error).stack }) }];
}

/** Refuses an object that isn't what its prototype says, and one with other own properties than `model` has. */
export function refuseExtras(thing: object, tag: string, model: object = {}): void {
  const own = Reflect.ownKeys(thing).filter((key) => !Object.hasOwn(model, key));
  if (own.some((key) => !Object.hasOwn(emptyOf(tag), key))) refuse(thing, extras);
  if (Object.prototype.toString.call(thing) !== `[object ${tag}]`) refuse(thing, notGenuine);
}

/** An address that has only what the platform gives it: symbols, in Deno. */
function emptyOf(tag: string): object {
  return tag === "URL" || tag === "URLSearchParams" ? new (builtIn(tag))("about:blank") : {};
}

const notGenuine = " by its prototype alone";

/** devalue supports plain objects, but no own `__proto__`, and no hidden properties. */
export function packObject(thing: object): Payload | undefined {
  if (isOrdinary(thing) && !Object.hasOwn(thing, "__proto__")) return undefined;
  if (Object.prototype.toString.call(thing) !== "[object Object]") refuse(thing, notGenuine);
  const [shown, hidden] = propertiesOf(thing);
  return ["object", "", Object.getPrototypeOf(thing) === null, new Map(Object.entries(shown)), hidden];
}

/** devalue supports elements and holes. Other properties are those of a match, for example. */
export function packArray(array: object): Payload | undefined {
  if (!Array.isArray(array)) refuse(array, notGenuine);
  if (elementsOf(array) && isDense(array)) return undefined;
  const [shown, hidden] = propertiesOf(array, (key) => key === "length");
  const last = Object.keys(shown).at(-1) ?? "0";
  // indices come before other keys
  const isIndex = String(Number(last) >>> 0) === last && Number(last) < array.length;
  if (isIndex && Object.keys(hidden).length === 0) return undefined;
  return ["array", "", array.length, new Map(Object.entries(shown)), hidden];
}

function isDense(array: unknown[]): boolean {
  for (let i = 0; i < array.length; i++) {
    if (!(i in array)) return false;
  }
  return true;
}

const anyRegExp = /a/;

/** devalue drops `lastIndex`, so a regular expression needs a payload unless it is 0. */
export function packRegExp(regExp: RegExp): Payload | undefined {
  refuseExtras(regExp, "RegExp", anyRegExp);
  const { lastIndex } = regExp;
  if (typeof lastIndex !== "number") refuse(regExp, extras);
  return Object.is(lastIndex, 0) ? undefined : ["regexp", "", { regExp: new RegExp(regExp), lastIndex }];
}

export function packError(error: object, name: string): Payload {
  if (Object.prototype.toString.call(error) !== "[object Error]") refuse(error, notGenuine);
  return ["error", name, 0, ...errorProperties(error)];
}

type DomError = Error & { readonly code: number };

export function packDomException(error: DomError): Payload {
  // workerd has own properties that other runtimes have on the prototype
  const model = new DOMException(error.message, error.name) as DomError;
  const [shown, hidden] = errorProperties(error, model);
  if (model.code !== error.code) refuse(error, extras);
  const own = Object.entries(shown).filter(([key]) => !Object.prototype.propertyIsEnumerable.call(model, key));
  return ["domexception", error.name, error.message, Object.fromEntries(own), { stack: error.stack, ...hidden }];
}

export function packImageData(image: ImageParts): Payload {
  refuseExtras(image, "ImageData", new (builtIn("ImageData"))(1, 1));
  const { data, width, height, colorSpace, pixelFormat } = image;
  return ["imagedata", "", { data, width, height, colorSpace, pixelFormat }];
}

interface PartOfDay {
  readonly constructor: { from(text: string): PartOfDay };
  equals(other: PartOfDay): boolean;
  toString(): string;
}

/** The text of a month or its day names no reference day, and is read with that of the calendar. */
export function checkPartOfDay(thing: object, kind: string): void {
  refuseExtras(thing, kind);
  const part = thing as PartOfDay;
  if (!part.equals(part.constructor.from(part.toString()))) refuse(thing, " with a reference day of its own");
}

/** The text of a duration has no milliseconds, and fewer hours than the duration may have. */
export function packDuration(duration: object): Payload {
  refuseExtras(duration, "Temporal.Duration");
  return ["duration", "", durationParts(duration)];
}
