import type { ApiContext } from "./api-context.ts";
import { maxNameLength } from "../../src/core/remote-locks/lock-arguments.ts";
import { assertStorageKey } from "../../src/core/record/storage-key.ts";
import { InvalidArgumentError } from "../../src/errors/index.ts";
import { fromSegment, unquoteEtag } from "../../src/http/protocol.ts";
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

/** 0 to `most` milliseconds. Throws `InvalidArgumentError`, which names the field. */
export function toMilliseconds(value: unknown, name: string, most: number): number {
  if (typeof value === "number" && value >= 0 && value <= most) return value;
  throw new InvalidArgumentError(`${name} has to be a number of 0 to ${most} milliseconds; got ${show(value)}`);
}

/** A number in the query, or its text where it is none. */
export function queryNumber(query: URLSearchParams, name: string): number | string | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
}

export function show(value: unknown): string {
  return ["number", "string"].includes(typeof value) ? JSON.stringify(value).slice(0, 100) : typeof value;
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
