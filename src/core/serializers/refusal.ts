import { SerializationError } from "../../errors/index.ts";

/** The error for a part of a value that can't be serialized, with its place, and the remedy if there is one. */
export function refuseAt(path: string, what: string, remedy?: string): SerializationError {
  return new SerializationError(`Can't serialize ${what} at ${path}${remedy ? `: ${remedy}` : ""}`, { path });
}

/** The error for a value that throws while it is read, such as a getter. */
export function unreadableAt(path: string, cause: unknown): SerializationError {
  return new SerializationError(`The value can't be read at ${path}`, { cause, path });
}

/** The name of an instance's class; empty for one without a name. */
export function nameOf(instance: object): string {
  const prototype = Object.getPrototypeOf(instance) as { constructor?: { name?: string } };
  return (Object.hasOwn(prototype, "constructor") && prototype.constructor?.name) || "";
}

/** A description of the value without its place. */
export function describe(thing: unknown): string {
  if (typeof thing === "number" || thing === undefined) return String(thing);
  if (typeof thing !== "object" || thing === null) return `a ${typeof thing}`;
  const prototype: unknown = Object.getPrototypeOf(thing);
  if (prototype === null) return "an object without a prototype";
  if (prototype === Object.prototype) return "an object with symbol keys, hidden properties or methods";
  if (prototype === Array.prototype) return "an array with properties beside its elements";
  if (thing instanceof Promise) return "a promise, which has to be awaited first,";
  return `an instance of ${nameOf(thing) || "a class"}`;
}
