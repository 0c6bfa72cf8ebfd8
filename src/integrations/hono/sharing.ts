import type { ResolvedOptions } from "./options.ts";

/** The longest lifetime that a cache has to know, in seconds (RFC 9111, 1.2.2). */
const longestLifetime = 2 ** 31;

/** The reason why a response must not be given to other requests, or can't be. `undefined`: it may be kept (RFC 9111, 3). */
export function whyUnshared(
  { status, headers }: Response,
  { statuses, vary, maxBytes, expiresIn, store }: ResolvedOptions,
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
  return (expiresIn ?? lifetimeOf(headers, store.now()) ?? Infinity) <= 0 ? "expired" : undefined;
}

/** Milliseconds for which the response says it is fresh at `now` (RFC 9111, 4.2.1). `undefined`: it says nothing. */
export function lifetimeOf(headers: Headers, now: number): number | undefined {
  const control = directivesOf(headers);
  const lifetime = control.get("s-maxage") ?? control.get("max-age");
  if (lifetime !== undefined) return secondsOf(lifetime) * 1_000 - ageOf(headers);
  const expires = headers.get("Expires");
  if (expires === null) return undefined;
  // an invalid date is in the past
  return (Date.parse(expires) || 0) - (Date.parse(headers.get("Date") ?? "") || now);
}

/** Milliseconds for which the response says it may be served stale (RFC 5861). `given`: the option, which replaces that. */
export function staleTimeOf(
  headers: Headers,
  name: "stale-while-revalidate" | "stale-if-error",
  given: number | undefined,
): number {
  const control = directivesOf(headers);
  if (control.has("must-revalidate") || control.has("proxy-revalidate")) return 0;
  return given ?? secondsOf(control.get(name)) * 1_000;
}

/** How old the response is by its own account, in milliseconds. */
export function ageOf(headers: Headers): number {
  return secondsOf(headers.get("Age")) * 1_000;
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

/** An invalid number is 0, so that it makes a response stale. */
function secondsOf(value: string | null | undefined): number {
  return Math.min(Number(/^"?(\d+)"?$/.exec(value ?? "")?.[1] ?? 0), longestLifetime);
}
