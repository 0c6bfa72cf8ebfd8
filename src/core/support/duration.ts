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

/** Milliseconds of each unit, by its first letter. */
const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_557_600_000 };
/** The name of the unit is absent for milliseconds. */
const pattern =
  /^(\d*\.?\d+) *(?:m(?:illiseconds?|s(?:ecs?)?)|(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:(?:ee)?ks?)?|y(?:(?:ea)?rs?)?))$/;

/** `NaN` for a text that is no duration. */
function parseDuration(text: string): number {
  const [, amount, name] = pattern.exec(text.trim().toLowerCase()) ?? [];
  return Number(amount) * (name ? units[name[0] as keyof typeof units] : 1);
}
