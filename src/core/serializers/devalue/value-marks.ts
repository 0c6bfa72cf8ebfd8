import { UnsupportedRecordError } from "../../../errors/index.ts";

/** Marks values that devalue doesn't support: a number refers to memory behind the text, anything else is a `Payload`. */
export const mark = "$";

/**
 * A payload with three parts is created from `extra` alone. Otherwise `extra` creates an empty object, and the properties
 * follow, because they may lead back to that object.
 */
export type Payload = readonly [kind: string, name: string, extra: unknown, shown?: unknown, hidden?: Properties];
export type Properties = Readonly<Record<string, unknown>>;

export const errorNames = /^(Eval|Range|Reference|Syntax|Type|URI|Aggregate|Suppressed)?Error$/;
export const viewNames = /^((Big)?(Int|Uint|Float)\d+(Clamped)?Array|DataView)$/;

/** A constructor of the platform. Throws `UnsupportedRecordError` if this runtime lacks it. */
export function builtIn(name: string): new (...args: unknown[]) => object {
  const found: unknown = (globalThis as Record<string, unknown>)[name];
  if (typeof found !== "function")
    throw new UnsupportedRecordError(`The record holds a value that this runtime doesn't have: ${name}`);
  return found as new (...args: unknown[]) => object;
}
