import { ConfigurationError } from "../../errors/index.ts";

/**
 * Throws `ConfigurationError` for a value that is no object, and for an option that is not among `known`, with the nearest
 * known name. `moved` maps names that options have elsewhere, or had, to the text that replaces them.
 */
export function assertOptions(
  of: string,
  options: unknown,
  known: readonly string[],
  moved?: ReadonlyMap<string, string>,
): void {
  if (typeof options !== "object" || options === null) {
    throw new ConfigurationError(`${of} needs an object of options; got ${String(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new ConfigurationError(`${of} has no option "${name}"${moved?.get(name) ?? hintFor(name, known)}`);
  }
}

/** The end of a message about an unknown name: the nearest known name, or all of them. */
export function hintFor(name: string, known: readonly string[]): string {
  const nearest = known.toSorted((one, other) => distance(name, one) - distance(name, other))[0]!;
  return distance(name, nearest) > name.length / 3 ? `; known are ${known.join(", ")}` : `: did you mean "${nearest}"?`;
}

/** The number of letters that only one of the names has. Their order is ignored, so swapped letters count as equal. */
function distance(one: string, other: string): number {
  let rest = other.toLowerCase();
  for (const letter of one.toLowerCase()) rest = rest.replace(letter, "");
  return 2 * rest.length + one.length - other.length;
}
