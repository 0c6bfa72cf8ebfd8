import { ConfigurationError } from "../../src/errors/index.ts";

export const tokenAlgorithm = "HS256";
export const tokenAudience = "reprise";

/** RFC 7518, 3.2: the key has at least the size of the hash. */
const minSecretBytes = 32;

/** The secret as a key for tokens. Throws `ConfigurationError` for a secret that is too short. */
export function toTokenKey(secret: string): Uint8Array {
  const key = new TextEncoder().encode(secret);
  if (key.length >= minSecretBytes) return key;
  throw new ConfigurationError(
    `The secret for tokens needs at least ${minSecretBytes} bytes; this one has ${key.length}`,
  );
}
