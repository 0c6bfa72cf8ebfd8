import { SerializationError } from "../../errors/index.ts";
import { locate, type StepInto } from "./locate.ts";

/** The error that says what in `value` can't be carried, and where it stands. */
export function refuseThing(value: unknown, thing: unknown, stepInto?: StepInto): SerializationError {
  const path = locate(value, (each) => Object.is(each, thing), stepInto);
  return new SerializationError(`Can't serialize ${describe(thing)} at ${path}`, { path });
}

/** The error for what throws while it is read: a getter, a class's own `dump`, a stack that is too deep. */
export function refuseReading(value: unknown, cause: unknown, stepInto?: StepInto): SerializationError {
  const path = locate(value, () => false, stepInto);
  const what = cause instanceof RangeError ? "The value is nested too deeply" : `The value can't be read at ${path}`;
  return new SerializationError(what, { cause, path });
}

function describe(thing: unknown): string {
  if (typeof thing !== "object" || thing === null) return `a ${typeof thing}`;
  if (thing instanceof Promise) return "a promise: await it first";
  const prototype: unknown = Object.getPrototypeOf(thing);
  if (prototype === Object.prototype || prototype === null) return "an object with symbol keys or a then method";
  if (ArrayBuffer.isView(thing) || thing instanceof ArrayBuffer) return "memory that is shared with other threads, or gone";
  const { name } = (thing as { constructor?: { name?: string } }).constructor ?? {};
  return `an instance of ${name || "a class"}, which is not among the serializer's classes`;
}
