/** An option, or a function that decides it from the computed value. Its parameter is a method's, so that shared options fit any value. */
export type OfValue<Option, T> = Option | { of(value: T): Option }["of"];

/** What the option is for a value. */
export function ofThe<Option>(option: OfValue<Option, unknown>, value: unknown): Option {
  return typeof option === "function" ? (option as (value: unknown) => Option)(value) : option;
}
