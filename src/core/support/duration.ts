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

type DurationOption = Duration | ((value: never) => Duration) | undefined;

/** Milliseconds, or the function that decides them. */
type TimeOf<Option> = Option extends (value: infer Value) => Duration ? (value: Value) => number : number;

/** Converts each of these options that is given to milliseconds. For a function, it converts what the function returns. */
export function timesOf<Name extends string, Options extends { readonly [Key in Name]?: DurationOption }>(
  options: Options,
  ...names: readonly Name[]
): { [Key in Name]?: TimeOf<NonNullable<Options[Key]>> } {
  const times: { [Key in Name]?: number | ((value: never) => number) } = {};
  for (const name of names) {
    const duration: DurationOption = options[name];
    if (typeof duration === "function") times[name] = (value) => toMilliseconds(duration(value), name);
    else if (duration !== undefined) times[name] = toMilliseconds(duration, name);
  }
  return times as { [Key in Name]?: TimeOf<NonNullable<Options[Key]>> };
}

/** Milliseconds of each unit, by its first letter. */
const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_557_600_000 };
/** The letter is absent for milliseconds. */
const pattern =
  /^(\d*\.?\d+) *(?:m(?:illiseconds?|s(?:ecs?)?)|(s)(?:ec(?:onds?|s)?)?|(m)(?:in(?:utes?|s)?)?|(h)(?:ours?|rs?)?|(d)(?:ays?)?|(w)(?:eeks?|ks?)?|(y)(?:ears?|rs?)?)$/;

function parseDuration(text: string): number | undefined {
  const [, amount, ...letters] = pattern.exec(text.trim().toLowerCase()) ?? [];
  const letter = letters.find(Boolean) as keyof typeof units | undefined;
  return amount === undefined ? undefined : Number(amount) * (letter ? units[letter] : 1);
}
