import { InvalidArgumentError } from "../errors/index.ts";

/** The arguments of a call by name. */
export interface TaskInputs {
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Whether the inputs are the properties of a single argument. */
  readonly isSpread: boolean;
}

/** By the properties of a single plain object, else by the names in `parameters`, else by position. */
export function nameInputs(args: readonly unknown[], parameters: readonly string[]): TaskInputs {
  const [only] = args;
  if (args.length === 1 && isPlainObject(only)) return { inputs: only, isSpread: true };
  return { inputs: Object.fromEntries(args.map((arg, i) => [parameters[i] ?? `${i}`, arg])), isSpread: false };
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
