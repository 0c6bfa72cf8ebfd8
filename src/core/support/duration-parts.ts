const units = [
  "years",
  "months",
  "weeks",
  "days",
  "hours",
  "minutes",
  "seconds",
  "milliseconds",
  "microseconds",
  "nanoseconds",
];

/** The parts of a `Temporal.Duration`, from years to nanoseconds. Its text adds up those below a second. */
export function durationParts(duration: object): unknown[] {
  return units.map((unit) => (duration as Record<string, unknown>)[unit]);
}
