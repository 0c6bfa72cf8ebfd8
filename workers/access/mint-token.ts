import { errors, jwtVerify, SignJWT } from "jose";
import { toMilliseconds, type Duration } from "../../src/core/support/duration.ts";
import { AccessDeniedError, ConfigurationError, InvalidArgumentError } from "../../src/errors/index.ts";
import { operations as allOperations, type Operation } from "../../src/http/protocol.ts";
import { Refusal } from "../api/problems.ts";

const algorithm = "HS256";
const audience = "reprise";
/** RFC 7518: a key of the size of the hash output or larger. */
const minSecretBytes = 32;

/** What a caller may do. */
export interface Access {
  /** Only with keys that begin with this. */
  readonly prefix: string;
  readonly operations: readonly Operation[];
}

export interface MintTokenOptions {
  /** What the Worker has as `REPRISE_SECRET`; at least 32 bytes. */
  secret: string;
  /** Only keys that begin with this; all keys at first. */
  prefix?: string | undefined;
  /** What the token allows; everything at first. */
  operations?: readonly Operation[] | undefined;
  /** How long it is valid from now, in milliseconds or as a string such as `"1h"`; whole seconds count. */
  expiresIn: Duration;
}

/**
 * A bearer token for the HTTP API. Mint tokens where the secret is, on a server, for callers that you know. Rejects with
 * `ConfigurationError` for a short secret, with `InvalidArgumentError` for an unknown operation or duration.
 *
 * @example
 * ```ts
 * const token = await mintToken({ secret: env.REPRISE_SECRET, prefix: "maps/", operations: ["read"], expiresIn: "1h" });
 * ```
 */
export async function mintToken(options: MintTokenOptions): Promise<string> {
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
    .setProtectedHeader({ alg: algorithm })
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + lifetime)
    .sign(toKey(secret));
}

function assertScope(prefix: unknown, operations: unknown): void {
  if (typeof prefix !== "string") throw new InvalidArgumentError(`prefix has to be a string; got ${typeof prefix}`);
  const known: readonly unknown[] = allOperations;
  if (Array.isArray(operations) && operations.length > 0 && operations.every((each) => known.includes(each))) return;
  throw new InvalidArgumentError(
    `operations has to be an array of some of ${allOperations.join(", ")}; got ${JSON.stringify(operations) ?? typeof operations}`,
  );
}

/** What the `Authorization` header allows. Rejects with a `Refusal`, or with `ConfigurationError` for a short secret. */
export async function verifyAuthorization(header: string | undefined, secret: string): Promise<Access> {
  const key = toKey(secret);
  if (header === undefined) throw unauthorized("The request has no token: send Authorization: Bearer <token>");
  const token = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (token === undefined) throw unauthorized("The Authorization header is not Bearer <token>");
  try {
    const requirements = { algorithms: [algorithm], audience, requiredClaims: ["exp"] };
    const { payload } = await jwtVerify(token, key, requirements);
    return toAccess(payload);
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw unauthorized("The token has expired", "invalid_token");
    if (error instanceof errors.JOSEError) throw unauthorized("The token is not valid", "invalid_token");
    throw error;
  }
}

/** Throws where the operation is not allowed, or not for this key or for keys with this prefix. */
export function assertAllowed({ prefix, operations }: Access, operation: Operation, keyOrPrefix: string): void {
  if (!operations.includes(operation)) throw forbidden(`The token does not allow "${operation}"`);
  if (!keyOrPrefix.startsWith(prefix)) throw forbidden(`The token is for keys that begin with "${prefix}" only`);
}

function toKey(secret: string): Uint8Array {
  const key = new TextEncoder().encode(secret);
  if (key.length >= minSecretBytes) return key;
  throw new ConfigurationError(
    `The secret for tokens needs at least ${minSecretBytes} bytes; this one has ${key.length}`,
  );
}

/** A token that is signed with the secret, but says something else than `mintToken` makes it say, allows nothing. */
function toAccess({ prefix, operations }: Readonly<Record<string, unknown>>): Access {
  if (typeof prefix === "string" && Array.isArray(operations)) return { prefix, operations };
  throw unauthorized("The token does not say what it allows", "invalid_token");
}

/** `error` is left out where there was no token (RFC 6750, 3.1). */
export function unauthorized(detail: string, error?: "invalid_token"): Refusal {
  return Refusal.of(new AccessDeniedError(detail), 401, challenge(detail, error));
}

function forbidden(detail: string): Refusal {
  return Refusal.of(
    new AccessDeniedError(detail),
    403,
    challenge("The token does not allow this", "insufficient_scope"),
  );
}

function challenge(description: string, error: string | undefined): Record<string, string> {
  const told = error === undefined ? "" : `, error="${error}", error_description="${description}"`;
  return { "www-authenticate": `Bearer realm="${audience}"${told}` };
}
