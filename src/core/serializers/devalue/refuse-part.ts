import { SerializationError } from "../../../errors/index.ts";
import { describe, refuseAt, unreadableAt } from "../refusal.ts";
import { locate, type StepInto } from "../locate.ts";

/** The error for a part of `value` that can't be serialized: `thing`, somewhere in it. */
export function refuseThing(value: unknown, thing: unknown, stepInto?: StepInto): SerializationError {
  const path = locate(value, (each) => Object.is(each, thing), stepInto);
  const what = describeBounded(thing) ?? describe(thing);
  return refuseAt(path, what.startsWith("an instance") ? `${what}, a class that the serializer wasn't given,` : what);
}

/** A description of a value that is refused for its size alone. */
function describeBounded(thing: unknown): string | undefined {
  const tag = Object.prototype.toString.call(thing).slice(8, -1);
  const isBounded =
    /^(BigInt|RegExp|URLSearchParams|Blob|File)$/.test(tag) && Object.getPrototypeOf(thing)?.constructor.name === tag;
  return isBounded ? `a ${tag} beyond the bounds of a record` : undefined;
}

/** The error for a value that throws while it is read: a getter, a class's own `dump`, a stack that is too deep. */
export function refuseReading(value: unknown, cause: unknown, stepInto?: StepInto): SerializationError {
  const path = locate(value, () => false, stepInto);
  return path === "$" && cause instanceof RangeError
    ? new SerializationError("The value is nested too deeply", { cause, path })
    : unreadableAt(path, cause);
}
