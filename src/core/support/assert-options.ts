import { ConfigurationError } from "../../errors/index.ts";

/**
 * Throws `ConfigurationError` for an option that is not among `known`, with the known name that is nearest to it. `moved`
 * says what to write in place of an option that had its name before.
 */
export function assertOptions(
  of: string,
  options: object,
  known: readonly string[],
  moved: Readonly<Record<string, string>> = {},
): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const hint = moved[name] ?? guess(name, known);
    throw new ConfigurationError(`${of} has no option "${name}"${hint}`);
  }
}

function guess(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? `; known are ${known.join(", ")}` : `: did you mean "${nearest}"?`;
}

/** The name of `known` that takes the fewest changes of a letter, at most a third of them; capitals don't count. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const distances = known.map((each) => distance(name.toLowerCase(), each.toLowerCase()));
  const least = Math.min(...distances);
  return least <= Math.max(1, name.length / 3) ? known[distances.indexOf(least)] : undefined;
}

/** Letters to insert, delete or replace (https://en.wikipedia.org/wiki/Levenshtein_distance). */
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
