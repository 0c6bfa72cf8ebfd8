import type { StoreEvent, StoreListener } from "./store-event.ts";

/** The options of `consoleReporter`. */
export interface ConsoleReporterOptions {
  /** The target of the lines. Default: `console`. */
  console?: Pick<Console, "log" | "warn">;
  /** The start of each line. Default: `[reprise]`. */
  label?: string;
}

/**
 * A listener that writes a line for each event. Failures are warnings with their error appended.
 *
 * @example
 * ```ts
 * const store = createResultStore({ onEvent: consoleReporter() });
 * // [reprise] miss primes/1000 reason=absent
 * ```
 */
export function consoleReporter({
  console = (globalThis as unknown as { console: Console }).console,
  label = "[reprise]",
}: ConsoleReporterOptions = {}): StoreListener {
  return (event) => {
    const { type, key = "", error, ...details } = event as StoreEvent & { key?: string; error?: unknown };
    const pairs = Object.entries(details).map(([name, value]) => `${name}=${show(value)}`);
    const line = [label, type, key, ...pairs].filter(Boolean).join(" ");
    if ("error" in event) console.warn(line, error);
    else console.log(line);
  };
}

function show(value: unknown): string {
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  return typeof value === "number" && !Number.isInteger(value) ? value.toFixed(2) : String(value);
}
