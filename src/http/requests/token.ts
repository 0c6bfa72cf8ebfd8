import { ConfigurationError, StorageUnreachableError } from "../../errors/index.ts";

/** A bearer token, or a function that returns one. */
export type TokenSource = string | (() => string | Promise<string>);

/** Throws `ConfigurationError` unless `token` is a possible token or a function. */
export function assertTokenSource(token: unknown): asserts token is TokenSource {
  if (typeof token !== "function") assertToken(token);
}

/** Rejects with `StorageUnreachableError` if the source fails, with `ConfigurationError` if it returns no valid token. */
export async function askToken(source: TokenSource): Promise<string> {
  if (typeof source === "string") return source;
  let token: unknown;
  try {
    token = await source();
  } catch (cause) {
    throw new StorageUnreachableError(`The function token failed: ${String(cause)}`, { cause });
  }
  assertToken(token);
  return token;
}

function assertToken(token: unknown): asserts token is string {
  if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) return;
  throw new ConfigurationError("token has to be a string of visible ASCII characters, or a function that returns one");
}
