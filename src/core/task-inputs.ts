import { InvalidArgumentError } from "../errors/index.ts";
import type { CacheKeyContext, CacheKeyTask } from "./cache-policy.ts";

/** Names the arguments of a call: by the properties of a single plain object, else by `parameters`, else by position. */
export function describeCall<Args extends readonly unknown[]>(
  task: CacheKeyTask,
  args: Args,
  parameters: readonly string[],
): CacheKeyContext<Args> {
  const [only] = args;
  if (args.length === 1 && isPlainObject(only)) return { task, args, inputs: only, isSpread: true };
  const inputs = Object.fromEntries(args.map((arg, i) => [parameters[i] ?? `${i}`, arg]));
  return { task, args, inputs, isSpread: false };
}

/** Throws `InvalidArgumentError` for names of which two arguments could get the same. */
export function assertParameters(parameters: readonly string[]): void {
  const areNames =
    Array.isArray(parameters) && parameters.every((name) => typeof name === "string" && !/^\d*$/.test(name));
  if (!areNames || new Set(parameters).size < parameters.length) {
    throw new InvalidArgumentError("parameters has to be the names of the arguments, each different and no number");
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
