import type { KeptResponse } from "./kept-response.ts";
import type { Asked, ResponseComputation } from "./response-computation.ts";
import { type CacheStatus, cacheStatus, isNotModified, notModified, withVary } from "./response-headers.ts";
import { ageOf, lifetimeOf } from "./sharing.ts";

/** A kept response, and when it was made and expires. */
interface KeptAnswer {
  readonly value: KeptResponse;
  readonly createdAt: Date;
  readonly expiration?: Date | undefined;
  /** Whether another request has made it while this one waited. */
  readonly isNew?: boolean;
}

/** Sends a kept response. */
export function sendKept(computation: ResponseComputation, { value, createdAt, expiration, isNew }: KeptAnswer): void {
  const { before, conditions, hasRun, asked } = computation;
  const { c, key, options } = asked;
  const now = options.store.now();
  const headers = new Headers(before);
  headers.delete("Content-Type");
  for (const pair of value.headers) headers.set(...pair);
  const age = ageOf(headers) + Math.max(0, now - createdAt.getTime());
  headers.set("Age", String(Math.floor(age / 1_000)));
  const isUnchanged = value.status === 200 && isNotModified(conditions, headers);
  const ttl = expiration && toSeconds(expiration.getTime() - now);
  // the request has run its handlers, and they failed
  const failed = hasRun && { fwd: "stale" as const, "fwd-status": c.res.status };
  const collapsed = isNew && { fwd: "miss" as const, "fwd-status": isUnchanged ? 200 : undefined, collapsed: true };
  // Hono adds the headers of the response before
  c.res = undefined;
  c.res = isUnchanged ? notModified(headers) : responseOf(value, headers);
  finish(c, options.vary, { ...(failed || collapsed || { hit: true }), ttl, key });
}

function responseOf({ status, body }: KeptResponse, headers: Headers): Response {
  const isGzip = headers.get("Content-Encoding")?.toLowerCase() === "gzip" && body?.[0] === 0x1f && body[1] === 0x8b;
  // workerd compresses a body with this header, unless it is told that the handler has done so
  const encodeBody = isGzip ? ("manual" as const) : ("automatic" as const);
  const init = { status, headers, encodeBody };
  return new Response((body ?? null) as Uint8Array<ArrayBuffer> | null, init);
}

/** Sends the response that the handlers of the request have made. */
export function sendOwn(computation: ResponseComputation): void {
  const { conditions, own, isUnkept, asked } = computation;
  const { c, key, options } = asked;
  const { res } = c;
  const kept = typeof own === "object" && "headers" in own ? new Headers(own.headers) : undefined;
  const detail = typeof own === "object" && "pass" in own ? own.pass : undefined;
  const stored = own && !isUnkept && detail === undefined ? true : undefined;
  const lifetime = stored && (options.expiresIn ?? lifetimeOf(res.headers, options.store.now()));
  const etag = res.headers.get("ETag") ?? kept?.get("ETag");
  if (etag) c.header("ETag", etag);
  const isUnchanged = own && res.status === 200 && isNotModified(conditions, c.res.headers);
  if (isUnchanged) {
    const answer = notModified(c.res.headers);
    c.res = undefined;
    c.res = answer;
    // the store reads the other branch of the body
    void res.body?.cancel().catch(() => {});
  }
  finish(c, options.vary, {
    ...whyForwarded(computation),
    "fwd-status": isUnchanged ? 200 : undefined,
    stored,
    ttl: lifetime && toSeconds(lifetime),
    key,
    detail,
  });
}

/** Why the handlers have run for a request that may get a kept response. */
export function whyForwarded({ hasFoundOld, hasWaited, asked }: ResponseComputation): CacheStatus {
  // the URL may have responses to other headers, and only the request that it has waited for has looked
  const miss = asked.options.vary.length > 0 || hasWaited ? "miss" : "uri-miss";
  return { fwd: hasFoundOld ? "stale" : miss, collapsed: hasWaited ? false : undefined };
}

/** Adds the headers that each response of the route has. */
export function finish(c: Asked["c"], vary: readonly string[], status: CacheStatus): void {
  c.header("Vary", withVary(c.res.headers.get("Vary"), vary));
  c.header("Cache-Status", cacheStatus(status), { append: true });
}

function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000);
}
