import { type Duration, toMilliseconds } from "../../src/core/support/duration.ts";
import { InvalidArgumentError } from "../../src/errors/index.ts";
import { resultsPath } from "../../src/http/requests/protocol.ts";
import type { Access, ApiContext } from "../requests/api-context.ts";
import { keyOf } from "../requests/read-request.ts";
import type { AccessOptions, PublicResults } from "./access-options.ts";

/** The results that everybody may read, and how long caches may keep them (RFC 9111). */
export interface PublicResultsOptions {
  /** Everybody may read the results under keys that begin with one of these, without a token. */
  prefixes: readonly string[];
  /**
   * How long a cache may answer with a result before it asks the Worker, at least a second. A cache may answer with it for as
   * long again while it asks, or while the Worker fails. Default: a minute.
   */
  maxAge?: Duration | undefined;
}

/** Throws `InvalidArgumentError` for an empty prefix, which would make every result public, and for a bad `maxAge`. */
export function resolvePublicResults({ prefixes, maxAge = "1m" }: PublicResultsOptions): PublicResults {
  if (!Array.isArray(prefixes) || !prefixes.every((prefix) => typeof prefix === "string" && prefix !== "")) {
    throw new InvalidArgumentError(
      'publicResults.prefixes has to be an array of strings that are not empty, such as ["maps/"]',
    );
  }
  const milliseconds = toMilliseconds(maxAge, "maxAge");
  if (milliseconds < 1_000) throw new InvalidArgumentError(`maxAge has to be a second or more; got ${maxAge}`);
  return { prefixes, maxAge: milliseconds };
}

/** The access of a request without a token that reads a public result; `undefined` for every other request. */
export function publicAccess(c: ApiContext, { publicResults }: AccessOptions): Access | undefined {
  const isRead = ["GET", "HEAD"].includes(c.req.method) && c.req.header("Authorization") === undefined;
  if (!publicResults || !isRead || !isResult.test(new URL(c.req.url).pathname)) return undefined;
  const key = keyOf(c, `${resultsPath}/:key`);
  const prefix = publicResults.prefixes.find((each) => key.startsWith(each));
  return prefix === undefined ? undefined : { prefix, operations: ["read"], isPublic: true };
}

/** The API may be mounted under any path. */
const isResult = new RegExp(`${resultsPath}/[^/]+$`);
