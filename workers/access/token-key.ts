import { ConfigurationError } from "../../src/errors/index.ts";

export const tokenAlgorithm = "HS256";
export const tokenAudience = "reprise";

/** RFC 7518, 3.2: the key has at least the size of the hash. */
const minSecretBytes = 32;

/** How a Worker gets a secret, as the end of an error text. */
export const secretAdvice =
  "Make one with `openssl rand -base64 48`. For the deployed Worker, run `npx wrangler secret put REPRISE_SECRET`; " +
  "for `wrangler dev`, write REPRISE_SECRET=… into .dev.vars";

/** The secret as a key for tokens. Throws `ConfigurationError` for a secret that is missing or too short. */
export function toTokenKey(secret: unknown): Uint8Array {
  if (typeof secret !== "string" || secret === "") {
    const got = secret === "" ? "an empty string" : String(secret === null ? null : typeof secret);
    throw new ConfigurationError(`secret has to be the REPRISE_SECRET of the Worker; got ${got}. ${secretAdvice}`);
  }
  const key = new TextEncoder().encode(secret);
  if (key.length >= minSecretBytes) return key;
  throw new ConfigurationError(
    `The secret for tokens needs at least ${minSecretBytes} bytes; this one has ${key.length}. ${secretAdvice}`,
  );
}
