const three = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "short" });
const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
});
const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** "259 kB". `undefined`: nobody knows. */
export function formatBytes(bytes: number | undefined): string {
  if (bytes === undefined) return "–";
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1e6) return `${three.format(bytes / 1_000)} kB`;
  return bytes < 1e9 ? `${three.format(bytes / 1e6)} MB` : `${three.format(bytes / 1e9)} GB`;
}

/** "1 record", "2,000 records". */
export function countOf(count: number, thing = "record"): string {
  return `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;
}

/** Milliseconds for people: "0.12 ms", "3.1 s". */
export function formatTime(milliseconds: number): string {
  return milliseconds < 1_000 ? `${three.format(milliseconds)} ms` : `${three.format(milliseconds / 1_000)} s`;
}

/** "5 min. ago", "in 2 days". */
export function formatFromNow(time: number, now: number): string {
  const difference = time - now;
  if (!Number.isFinite(difference)) return "at an unknown time";
  if (Math.abs(difference) < 1_000) return "now";
  const [unit, length] = units.find(([, size]) => Math.abs(difference) >= size)!;
  return relative.format(Math.round(difference / length), unit);
}

/** The time of day, in the zone of the page: "14:03:21.250". */
export function formatClock(time: number): string {
  return clock.format(time);
}

/** The message of anything that was thrown, after its name if that says more than "Error". */
export function formatError(error: unknown): string {
  if (!(error instanceof Error)) return describeThrown(error);
  return error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
}

function describeThrown(error: unknown): string {
  try {
    return String(error);
  } catch {
    return `something that is no Error but ${typeof error}`;
  }
}
