import { SerializationError } from "../../errors/index.ts";
import { locate, type StepInto } from "./locate.ts";

/** The error that says what of a value can't be carried, and where it stands. */
export function refuseAt(path: string, what: string): SerializationError {
  return new SerializationError(`Can't serialize ${what} at ${path}`, { path });
}

/** The same for `thing` somewhere in `value`. */
export function refuseThing(value: unknown, thing: unknown, stepInto?: StepInto): SerializationError {
  const path = locate(value, (each) => Object.is(each, thing), stepInto);
  const what = describe(thing);
  return refuseAt(path, what.startsWith("an instance") ? `${what}, a class that the serializer wasn't given,` : what);
}

/** The error for what throws while it is read: a getter, a class's own `dump`, a stack that is too deep. */
export function refuseReading(value: unknown, cause: unknown, stepInto?: StepInto): SerializationError {
  const path = locate(value, () => false, stepInto);
  const what =
    path === "$" && cause instanceof RangeError
      ? "The value is nested too deeply"
      : `The value can't be read at ${path}`;
  return new SerializationError(what, { cause, path });
}

/** Without the place. */
export function describe(thing: unknown): string {
  if (typeof thing === "number" || thing === undefined) return String(thing);
  if (typeof thing !== "object" || thing === null) return `a ${typeof thing}`;
  const prototype: unknown = Object.getPrototypeOf(thing);
  if (prototype === Object.prototype || prototype === null) return "an object with symbol keys or methods";
  if (prototype === Array.prototype) return "an array with properties beside its elements";
  if (thing instanceof Promise) return "a promise, which has to be awaited first,";
  if (ArrayBuffer.isView(thing) || thing instanceof ArrayBuffer)
    return "memory that is shared between threads, or detached";
  return `an instance of ${(thing as { constructor?: { name?: string } }).constructor?.name || "a class"}`;
}
