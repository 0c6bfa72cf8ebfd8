import { assertStorageKey, maxKeyBytes } from "../../src/core/record/storage-key.ts";
import { InvalidArgumentError } from "../../src/errors/index.ts";
import { fromSegment, unquoteEtag } from "../../src/http/requests/protocol.ts";
import type { ApiContext } from "./api-context.ts";

/**
 * The key in the path of `route`. Hono decodes too much of it, so the function reads the URL. It counts segments from
 * the end, because the API may be mounted under any path. Throws `InvalidArgumentError` for a bad key.
 */
export function keyOf(c: ApiContext, route: string): string {
  const segments = new URL(c.req.url).pathname.split("/");
  const fromEnd = route.split("/").length - route.split("/").indexOf(":key");
  const key = fromSegment(segments.at(-fromEnd) ?? "");
  assertStorageKey(key);
  return key;
}

export function queryOf(c: ApiContext): URLSearchParams {
  return new URL(c.req.url).searchParams;
}

/** The prefix of the keys to list; empty means all keys. Throws `InvalidArgumentError` if it is longer than any key. */
export function prefixOf(c: ApiContext): string {
  const prefix = queryOf(c).get("prefix") ?? "";
  if (new TextEncoder().encode(prefix).length <= maxKeyBytes) return prefix;
  throw new InvalidArgumentError(`prefix has at most ${maxKeyBytes} bytes of UTF-8, as keys have`);
}

/** A number from the query. Text that is not a number comes back as it is, so that an error can name it. */
export function queryNumber(query: URLSearchParams, name: string): number | string | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
}

/** The etag of a condition. Throws `InvalidArgumentError` unless the header holds exactly one. */
export function conditionEtag(c: ApiContext, name: "If-Match"): string | undefined {
  const text = c.req.header(name);
  const etag = unquoteEtag(text);
  if (text === undefined || etag !== undefined) return etag;
  throw new InvalidArgumentError(`${name} has to be one etag in quotes; got ${text}`);
}

/** The text of a percent-encoded header. Throws `InvalidArgumentError` if it is encoded badly. */
export function textHeader(c: ApiContext, name: string): string | undefined {
  const text = c.req.header(name);
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new InvalidArgumentError(`${name} is not percent-encoded UTF-8: ${text}`, { cause });
  }
}
