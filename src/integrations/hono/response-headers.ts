import { listOf } from "./sharing.ts";

/** The parameters of `Cache-Status` (RFC 9211, 2). `undefined` leaves one out. */
export interface CacheStatus {
  hit?: boolean | undefined;
  fwd?: "bypass" | "method" | "uri-miss" | "miss" | "stale" | undefined;
  /** The status of the handler's response, if the answer has another one. */
  "fwd-status"?: number | undefined;
  stored?: boolean | undefined;
  collapsed?: boolean | undefined;
  ttl?: number | undefined;
  key?: string | undefined;
  detail?: string | undefined;
}

/** One member of `Cache-Status`. */
export function cacheStatus(parameters: CacheStatus): string {
  const parts = Object.entries(parameters).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (typeof value === "boolean") return [value ? name : `${name}=?0`];
    return [`${name}=${name === "key" ? quoted(String(value)) : value}`];
  });
  return ["reprise", ...parts].join("; ");
}

/** A string of structured fields (RFC 8941, 3.3.3) has printable ASCII only. */
function quoted(text: string): string {
  const ascii = text.replaceAll(/[^\x20-\x7e]+/g, encodeURIComponent);
  return `"${ascii.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** The value of `Vary` with these names too. */
export function withVary(vary: string | null, names: readonly string[]): string | undefined {
  const present = listOf(vary);
  const missing = present.includes("*") ? [] : names.filter((name) => !present.includes(name));
  return [...(vary === null ? [] : [vary]), ...missing].join(", ") || undefined;
}

/** Whether the conditions of a request make the answer to it 304 (RFC 9110, 13.2.2). */
export function isNotModified(request: Headers, response: Headers): boolean {
  const tags = request.get("If-None-Match");
  const etag = response.get("ETag");
  if (tags !== null) {
    if (tags.trim() === "*") return true;
    return etag !== null && (tags.match(/"[^"]*"/g)?.some((tag) => tag === etag.replace(/^W\//, "")) ?? false);
  }
  const since = Date.parse(request.get("If-Modified-Since") ?? "");
  return Date.parse(response.get("Last-Modified") ?? "") <= since;
}

const ofBody = ["content-encoding", "content-language", "content-length", "content-range", "content-type"];

/** The answer 304 in place of a response with these headers. */
export function notModified(headers: Headers): Response {
  const rest = new Headers(headers);
  for (const name of ofBody) rest.delete(name);
  return new Response(null, { status: 304, headers: rest });
}

const conditions = ["if-modified-since", "if-none-match"];

/** The same request without the conditions that a cache answers, since the answer to them is no response for others. */
export function unconditional(request: Request): Request {
  if (!conditions.some((name) => request.headers.has(name))) return request;
  const headers = new Headers(request.headers);
  for (const name of conditions) headers.delete(name);
  return new Request(request, { headers });
}
