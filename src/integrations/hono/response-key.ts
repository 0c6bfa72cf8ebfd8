import type { Context } from "hono";
import { maxKeyBytes } from "../../core/record/storage-key.ts";
import { InvalidArgumentError } from "../../errors/index.ts";
import type { ResolvedOptions } from "./options.ts";

const prefix = "responses/";

const encoder = new TextEncoder();

/** The key of the response to a GET request: its URL as it is, and a hash of the headers that it varies by. */
export async function responseKey(c: Context, { key, vary }: ResolvedOptions): Promise<string> {
  const target = key ? await key(c) : c.req.raw.url.split("#", 1)[0];
  if (typeof target !== "string") throw new InvalidArgumentError(`key has to return a string; got ${typeof target}`);
  const values = vary.map((name) => [name, c.req.raw.headers.get(name)]);
  // neither a URL nor a hash has a "#"
  const text = prefix + target + (vary.length > 0 ? `#${await hashOf(values)}` : "");
  const isLong = encoder.encode(text).length > maxKeyBytes;
  // a key of the app must not look like a hash
  const isHashed = isLong || target.startsWith("~");
  return isHashed || !text.isWellFormed() ? `${prefix}~${await hashOf(text)}` : text;
}

/** JSON escapes lone surrogates, so that different texts have different bytes. */
function hashOf(value: unknown): Promise<string> {
  return sha256(encoder.encode(JSON.stringify(value)));
}

/** 64 hex digits. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
