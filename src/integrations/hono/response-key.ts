import type { Context } from "hono";
import { hashTextSync } from "../../core/keys/hash.ts";
import { maxKeyBytes } from "../../core/record/storage-key.ts";
import { InvalidArgumentError } from "../../errors/index.ts";
import type { ResolvedOptions } from "./options.ts";

const prefix = "responses/";

/** The key of the response to a GET request: its URL as it is, and a hash of the headers that it varies by. */
export async function responseKey(c: Context, { key, vary }: ResolvedOptions): Promise<string> {
  const target = key ? await key(c) : c.req.raw.url.split("#", 1)[0];
  if (typeof target !== "string") throw new InvalidArgumentError(`key has to return a string; got ${typeof target}`);
  const values = vary.map((name) => [name, c.req.raw.headers.get(name)]);
  // neither a URL nor a hash has a "#"
  const text = prefix + target + (vary.length > 0 ? `#${hashOf(values)}` : "");
  const isLong = new TextEncoder().encode(text).length > maxKeyBytes;
  return isLong || !text.isWellFormed() ? `${prefix}~${hashOf(text)}` : text;
}

/** JSON escapes lone surrogates, which have no hash. */
function hashOf(value: unknown): string {
  return hashTextSync(JSON.stringify(value));
}
