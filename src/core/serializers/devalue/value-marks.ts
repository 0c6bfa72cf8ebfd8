import { UnsupportedRecordError } from "../../../errors/index.ts";

/** What goes through this mark is what devalue doesn't carry: a number names memory behind the text, the rest is a `Payload`. */
export const mark = "$";

/**
 * What is made whole from `extra` has three places. Otherwise `extra` is all that an empty object is made from, and the properties
 * come after it, because they may lead back to that very object.
 */
export type Payload = readonly [kind: string, name: string, extra: unknown, shown?: unknown, hidden?: Properties];
export type Properties = Readonly<Record<string, unknown>>;

export const errorNames = /^(Eval|Range|Reference|Syntax|Type|URI|Aggregate|Suppressed)?Error$/;
export const viewNames = /^((Big)?(Int|Uint|Float)\d+(Clamped)?Array|DataView)$/;

/** A constructor of the platform. Throws `UnsupportedRecordError` where this runtime doesn't have it. */
export function builtIn(name: string): new (...args: unknown[]) => object {
  const found: unknown = (globalThis as Record<string, unknown>)[name];
  if (typeof found !== "function")
    throw new UnsupportedRecordError(`The record holds a value that this runtime doesn't have: ${name}`);
  return found as new (...args: unknown[]) => object;
}
