import { ConfigurationError } from "../../errors/index.ts";

/**
 * Throws `ConfigurationError` for a value that is no object, and for an option that is not among `known`, with the nearest
 * known name. `moved` maps former names of options to the text that replaces them.
 */
export function assertOptions(
  of: string,
  options: unknown,
  known: readonly string[],
  moved: Readonly<Record<string, string>> = {},
): void {
  if (typeof options !== "object" || options === null) {
    throw new ConfigurationError(`${of} takes an object of options; got ${String(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const hint = Object.hasOwn(moved, name) ? moved[name] : hintFor(name, known);
    throw new ConfigurationError(`${of} has no option "${name}"${hint}`);
  }
}

/** The end of a message about an unknown name: the nearest known name, or all of them. */
export function hintFor(name: string, known: readonly string[]): string {
  const distances = known.map((each) => distance(name.toLowerCase(), each.toLowerCase()));
  const least = Math.min(...distances);
  const nearest = known[distances.indexOf(least)];
  return least > Math.max(1, name.length / 3) || nearest === name
    ? `; known are ${known.join(", ")}`
    : `: did you mean "${nearest}"?`;
}

/** The number of letters to insert, delete or replace (https://en.wikipedia.org/wiki/Levenshtein_distance). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 0; i < one.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++) {
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (one[i] === other[j] ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1)!;
}
