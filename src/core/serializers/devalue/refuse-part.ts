import { DevalueError } from "devalue";
import { SerializationError } from "../../../errors/index.ts";
import { describe, nameOf, refuseAt, unreadableAt } from "../refusal.ts";
import { locate, type StepInto } from "../locate.ts";
import { isStackOverflow } from "../../support/is-stack-overflow.ts";

/** The reason to refuse an instance of a class that the serializer doesn't know. */
const unregistered = ", a class that is not registered,";

/** Gives up on a part of a value. `reason` follows the name of its class. */
export function refuse(thing: unknown, reason = unregistered): never {
  throw new DevalueError(reason, [], thing);
}

/** The reason to refuse an instance of a built-in class that nobody here writes. */
export const isBuiltIn = ", a built-in class that needs a `dump`,";

/** The code that registers a class, as the end of an error text. */
export function registration(name: string, codec = ""): string {
  const property = /^\w+$/.test(name) ? name + codec : "…";
  return `use new DevalueSerializer({ classes: { ${property} } })`;
}

/** The reason to refuse a value for its size alone. */
export const beyondBounds = " beyond the bounds of a record";

/** The error for a part of `value` that can't be serialized. */
export function refuseThing(
  value: unknown,
  { value: thing, message }: DevalueError,
  stepInto?: StepInto,
): SerializationError {
  const path = locate(value, (each) => Object.is(each, thing), stepInto);
  if (message === beyondBounds)
    return refuseAt(path, `a ${Object.prototype.toString.call(thing).slice(8, -1)}${message}`);
  const what = describe(thing);
  if (!what.startsWith("an instance")) return refuseAt(path, what);
  return refuseAt(path, what + message, remedyFor(nameOf(thing as object), message));
}

function remedyFor(name: string, reason: string): string | undefined {
  if (reason === unregistered) return registration(name);
  return reason.includes("needs a `dump`") ? registration(name, `: { class: ${name}, dump, load }`) : undefined;
}

/**
 * The error for a value that throws while it is read: a getter, a class's own `dump`, a stack that is too deep, or `latest`,
 * which isn't what its prototype says.
 */
export function refuseReading(
  value: unknown,
  cause: unknown,
  stepInto?: StepInto,
  latest: unknown = value,
): SerializationError {
  const path = locate(value, () => false, stepInto);
  if (path !== "$") return unreadableAt(path, cause);
  return isStackOverflow(cause)
    ? new SerializationError("The value is nested too deeply", { cause, path })
    : unreadableAt(
        locate(value, (each) => each === latest, stepInto),
        cause,
      );
}
