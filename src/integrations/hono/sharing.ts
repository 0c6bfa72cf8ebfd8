import type { ResolvedOptions } from "./options.ts";

/** The longest lifetime that a cache has to know, in seconds (RFC 9111, 1.2.2). */
const longestLifetime = 2 ** 31;

/** The reason why a response must not be given to other requests, or can't be. `undefined`: it may be kept (RFC 9111, 3). */
export function whyUnshared(
  { status, headers }: Response,
  { statuses, vary, maxBytes, expiresIn }: ResolvedOptions,
): string | undefined {
  if (!statuses.includes(status)) return "status";
  const control = directivesOf(headers);
  const forbidden = ["no-store", "private", "no-cache"].find((name) => control.has(name));
  if (forbidden) return forbidden;
  if (headers.has("Set-Cookie")) return "set-cookie";
  // "*" is the name of no header
  if (listOf(headers.get("Vary")).some((name) => !vary.includes(name))) return "vary";
  if (/^text\/event-stream\b/i.test(headers.get("Content-Type") ?? "")) return "event-stream";
  if (Number(headers.get("Content-Length")) > maxBytes) return "too-large";
  return (expiresIn ?? lifetimeOf(headers, Date.now()) ?? Infinity) <= 0 ? "expired" : undefined;
}

/** Whether a response forbids to be served once it is stale. */
export function mustRevalidate(headers: Headers): boolean {
  const control = directivesOf(headers);
  return control.has("must-revalidate") || control.has("proxy-revalidate");
}

/** Milliseconds for which the response says it is fresh at `now`. `undefined`: it says nothing. */
export function lifetimeOf(headers: Headers, now: number): number | undefined {
  const control = directivesOf(headers);
  const age = control.get("s-maxage") ?? control.get("max-age");
  const resident = Number(headers.get("Age")) || 0;
  if (age !== undefined) return 1_000 * (Math.min(secondsOf(age), longestLifetime) - resident);
  const expires = headers.get("Expires");
  if (expires === null) return undefined;
  // an invalid date is in the past
  return (Date.parse(expires) || 0) - (Date.parse(headers.get("Date") ?? "") || now);
}

/** Items of a header that is a list, in lower case. */
export function listOf(header: string | null): string[] {
  return (header ?? "")
    .split(",")
    .map((item) => item.trim().toLowerCase())
    .filter(Boolean);
}

/** The directives of `Cache-Control`, with their values or "". The first one counts. */
export function directivesOf(headers: Headers): ReadonlyMap<string, string> {
  const pairs = listOf(headers.get("Cache-Control")).map((item) => {
    const [name = "", value = ""] = item.split("=", 2);
    return [name.trim(), value.trim()] as const;
  });
  return new Map(pairs.reverse());
}

/** An invalid number makes a response stale. */
function secondsOf(value: string): number {
  return Number(/^"?(\d+)"?$/.exec(value)?.[1] ?? 0);
}
