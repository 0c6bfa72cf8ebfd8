import { SignJWT } from "jose";
import { assertOptions } from "../../src/core/support/assert-options.ts";
import { toMilliseconds, type Duration } from "../../src/core/support/duration.ts";
import { InvalidArgumentError } from "../../src/errors/index.ts";
import { operations as allOperations, type Operation } from "../../src/http/requests/protocol.ts";
import { tokenAlgorithm, tokenAudience, toTokenKey } from "./token-key.ts";

/** The options of `mintToken`. */
export interface MintTokenOptions {
  /** The `REPRISE_SECRET` of the Worker; at least 32 bytes. */
  secret: string;
  /** The token allows only keys that begin with this. End it with a separator: `"maps"` allows `mapsX/…` too. Default: all keys. */
  prefix?: string | undefined;
  /** The operations that the token allows. Default: all. */
  operations?: readonly Operation[] | undefined;
  /** How long the token is valid from now: milliseconds, or a string such as `"1h"`. Fractions of a second are dropped. */
  expiresIn: Duration;
}

export const mintTokenOptionNames = ["secret", "prefix", "operations", "expiresIn"] as const;

/**
 * Mints a bearer token for the HTTP API: a JWT (RFC 7519), signed with HMAC and SHA-256. Call it on a server that has the secret, for callers that you know. Rejects with
 * `ConfigurationError` for a secret that is missing or short, with `InvalidArgumentError` for an unknown operation or a bad duration.
 *
 * @example
 * ```ts
 * const token = await mintToken({ secret: env.REPRISE_SECRET, prefix: "maps/", operations: ["read"], expiresIn: "1h" });
 * ```
 */
export async function mintToken(options: MintTokenOptions): Promise<string> {
  // a misspelt name would grant everything
  assertOptions("mintToken", options, mintTokenOptionNames);
  const { secret, prefix = "", operations = allOperations, expiresIn } = options;
  assertScope(prefix, operations);
  const lifetime = Math.floor(toMilliseconds(expiresIn, "expiresIn") / 1_000);
  const now = Math.floor(Date.now() / 1_000);
  if (lifetime < 1 || !Number.isSafeInteger(now + lifetime)) {
    throw new InvalidArgumentError(
      `expiresIn has to be a second or more, and no end of time; got ${String(expiresIn)}`,
    );
  }
  return new SignJWT({ prefix, operations })
    .setProtectedHeader({ alg: tokenAlgorithm })
    .setAudience(tokenAudience)
    .setIssuedAt(now)
    .setExpirationTime(now + lifetime)
    .sign(toTokenKey(secret));
}

function assertScope(prefix: unknown, operations: unknown): void {
  if (typeof prefix !== "string") throw new InvalidArgumentError(`prefix has to be a string; got ${typeof prefix}`);
  const known: readonly unknown[] = allOperations;
  if (Array.isArray(operations) && operations.length > 0 && operations.every((each) => known.includes(each))) return;
  throw new InvalidArgumentError(
    `operations has to be an array of some of ${allOperations.join(", ")}; got ${JSON.stringify(operations) ?? typeof operations}`,
  );
}
