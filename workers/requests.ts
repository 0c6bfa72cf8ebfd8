import type { ApiContext } from "./api-context.ts";
import { assertStorageKey } from "../src/core/storage-key.ts";
import { InvalidArgumentError } from "../src/errors/index.ts";
import { fromSegment, unquoteEtag } from "../src/http/protocol.ts";
import { wrongMediaType } from "./problems.ts";

/** The key in the path of a route. Routers decode too much of it, so it is taken from the URL, from its end: the API may be mounted anywhere. */
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

/** Milliseconds or a count: a whole number from `least` to `most`. Throws `InvalidArgumentError`, which names the field. */
export function toWholeNumber(value: unknown, name: string, least: number, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  const given = ["number", "string"].includes(typeof value) ? JSON.stringify(value) : typeof value;
  throw new InvalidArgumentError(`${name} has to be a whole number from ${least} to ${most}; got ${given}`);
}

/** As `toWholeNumber`, of a parameter in the query. */
export function queryNumber(query: URLSearchParams, name: string, least: number, most: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  return toWholeNumber(/^\d{1,15}$/.test(text) ? Number(text) : text, name, least, most);
}

/** The etag of a condition. Throws `InvalidArgumentError` where there isn't exactly one. */
export function conditionEtag(c: ApiContext, name: "If-Match"): string | undefined {
  const text = c.req.header(name);
  const etag = unquoteEtag(text);
  if (text === undefined || etag !== undefined) return etag;
  throw new InvalidArgumentError(`${name} has to be one etag in quotes; got ${text}`);
}

/** A percent-encoded header. */
export function textHeader(c: ApiContext, name: string): string | undefined {
  const text = c.req.header(name);
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new InvalidArgumentError(`${name} is not percent-encoded UTF-8: ${text}`, { cause });
  }
}

/** Throws a `Refusal` where the body is of another type; parameters such as a charset don't matter. */
export function assertMediaType(c: ApiContext, expected: string): void {
  const given = c.req.header("Content-Type");
  if (given?.split(";")[0]?.trim().toLowerCase() !== expected) throw wrongMediaType(given, expected);
}

/** The fields of a JSON object. */
export async function readJson(c: ApiContext): Promise<Readonly<Record<string, unknown>>> {
  assertMediaType(c, "application/json");
  let json: unknown;
  try {
    json = await c.req.json();
  } catch (cause) {
    throw new InvalidArgumentError("The body is no JSON", { cause });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new InvalidArgumentError("The body has to be a JSON object");
  }
  return json as Record<string, unknown>;
}

/** Characters of a name: a holder, an etag. */
export const maxNameLength = 1_024;

/** A text that names something. Throws `InvalidArgumentError`, which names the field. */
export function toName(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "" && value.length <= maxNameLength && value.isWellFormed()) return value;
  throw new InvalidArgumentError(
    `${name} has to be a string of 1 to ${maxNameLength} characters without lone surrogates; got ${typeof value}`,
  );
}

export function toFlag(value: unknown, name: string): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidArgumentError(`${name} has to be true or false; got ${typeof value}`);
}
