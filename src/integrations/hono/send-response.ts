import type { ResultAnswer } from "../../core/options/call-options.ts";
import type { KeptResponse } from "./kept-response.ts";
import type { ResponseComputation } from "./response-computation.ts";
import { addStatus, type CacheStatus, isNotModified, notModified, withVary } from "./response-headers.ts";

/** A kept response, and when it was made and expires. */
interface KeptAnswer extends Pick<ResultAnswer<KeptResponse>, "value" | "createdAt"> {
  readonly expiration?: Date | undefined;
}

/** Sends a kept response. */
export function sendKept(
  { c, key, asked, before, hasRun, options }: ResponseComputation,
  { value: { status, headers: kept, body }, createdAt, expiration }: KeptAnswer,
  how: CacheStatus,
): void {
  const now = options.store.now();
  const ttl = expiration && Math.floor((expiration.getTime() - now) / 1_000);
  // the request has run its handlers, and they failed
  const reason: CacheStatus = hasRun ? { fwd: "stale", "fwd-status": c.res.status } : how;
  const headers = new Headers(kept);
  const age = (Number(headers.get("Age")) || 0) + Math.max(0, (now - createdAt.getTime()) / 1_000);
  headers.set("Age", String(Math.floor(age)));
  const isUnchanged = status === 200 && isNotModified(asked, headers);
  const response = isUnchanged
    ? notModified(headers)
    : new Response((body ?? null) as Uint8Array<ArrayBuffer> | null, { status, headers });
  // Hono adds the headers of the response before
  if (hasRun) c.res = undefined;
  if (hasRun) c.res = new Response(null, { headers: before });
  c.res = response;
  finish(c, options.vary, { ...reason, ttl, key });
}

/** Sends the response that the handlers of the request have made. */
export function sendOwn({ c, key, asked, own, options }: ResponseComputation): void {
  const { res } = c;
  const { value } = own ?? {};
  const kept = value && "headers" in value ? new Headers(value.headers) : undefined;
  const etag = res.headers.get("ETag") ?? kept?.get("ETag");
  if (etag) c.header("ETag", etag);
  if (own && res.status === 200 && isNotModified(asked, c.res.headers)) {
    const answer = notModified(c.res.headers);
    c.res = undefined;
    c.res = answer;
    // the store reads the other branch of the body
    void res.body?.cancel().catch(() => {});
  }
  const unshared = value && "pass" in value ? value.pass : undefined;
  const stored = own && unshared === undefined ? true : undefined;
  finish(c, options.vary, { fwd: "miss", stored, key, detail: unshared });
}

/** Adds the headers that each response of the route has. */
export function finish(c: ResponseComputation["c"], vary: readonly string[], status: CacheStatus): void {
  c.header("Vary", withVary(c.res.headers.get("Vary"), vary));
  addStatus(c, status);
}
