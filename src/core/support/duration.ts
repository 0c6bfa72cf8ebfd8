import { parse } from "@lukeed/ms";
import { InvalidArgumentError } from "../../errors/index.ts";

/** Milliseconds, or a string with a unit: `"250ms"`, `"30s"`, `"5m"`, `"1.5h"`, `"7d"`, `"2w"`, `"1y"`. */
export type Duration = number | string;

/** Milliseconds, 0 or more. Throws `InvalidArgumentError`, which names `name`, for anything else. */
export function toMilliseconds(duration: Duration, name: string): number {
  const milliseconds = typeof duration === "string" ? parseDuration(duration) : duration;
  if (typeof milliseconds !== "number" || !(milliseconds >= 0) || milliseconds === Infinity) {
    throw new InvalidArgumentError(
      `${name} has to be milliseconds or a string such as "5m", and not negative; got ${typeof duration === "string" ? `"${duration}"` : String(duration)}`,
    );
  }
  return milliseconds;
}

/** Converts each of these options that is given to milliseconds. */
export function timesOf<Name extends string>(
  options: { readonly [Key in Name]?: Duration | undefined },
  ...names: readonly Name[]
): { [Key in Name]?: number } {
  const times: { [Key in Name]?: number } = {};
  for (const name of names) {
    const duration = options[name];
    if (duration !== undefined) times[name] = toMilliseconds(duration, name);
  }
  return times;
}

/** The library returns `undefined` for zero in any unit, and reads a number without a unit as milliseconds. */
function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/[a-z]$/i.test(trimmed)) return undefined;
  const one = trimmed.replace(/^0+(\.0+)?(?![\d.])/, "1");
  const milliseconds = parse(one);
  return milliseconds !== undefined && one !== trimmed ? 0 : milliseconds;
}
