const numbers = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const counts = new Intl.NumberFormat("en");

export const formatNumber = (value: number): string => numbers.format(value);
export const formatCount = (value: number): string => counts.format(value);

/** Milliseconds for people. */
export function formatTime(milliseconds: number): string {
  if (milliseconds < 0.1) return "< 0.1 ms";
  if (milliseconds < 1_000) return `${milliseconds.toPrecision(milliseconds < 10 ? 2 : 3)} ms`;
  return `${(milliseconds / 1_000).toFixed(2)} s`;
}

/** The same to be read at a glance: "3.1 s", "9 ms". */
export function formatShortTime(milliseconds: number): string {
  if (milliseconds < 0.1) return "< 0.1 ms";
  if (milliseconds < 1) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 995) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1_000;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${formatCount(Math.round(seconds))} s`;
}

export const formatShare = (share: number): string => `${Math.floor(share * 100)} %`;

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "short" });

/** "5 min. ago", "in 2 days". */
export function formatFromNow(date: Date): string {
  const difference = date.getTime() - Date.now();
  const [unit, length] = units.find(([, size]) => Math.abs(difference) >= size) ?? ["second", 1_000];
  return Math.abs(difference) < 1_000 ? "now" : relative.format(Math.round(difference / length), unit);
}

/** "40.7° N, 74.0° W". */
export function formatPlace(longitude: number, latitude: number): string {
  const part = (value: number, sides: string) => `${Math.abs(value).toFixed(1)}° ${sides[value < 0 ? 1 : 0]}`;
  return `${part(latitude, "NS")}, ${part(longitude, "EW")}`;
}

/** The message of anything that was thrown, and its name where that says something. */
export function formatError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
}
