import { createLockGrant } from "../../src/core/locks/lock-grant.ts";
import type { LockService } from "../../src/core/remote-locks/lock-service.ts";
import type { LockGrant } from "../../src/core/locks/result-lock-manager.ts";
import { InvalidArgumentError, LockNotHeldError, StaleLockError } from "../../src/errors/index.ts";
import { headers } from "../../src/http/requests/protocol.ts";
import type { ApiContext } from "../requests/api-context.ts";
import { toName } from "../requests/parse-fields.ts";
import { textHeader } from "../requests/read-request.ts";
import { Refusal } from "../requests/refusal.ts";

/** The permission to change a key. */
export interface WritePermit {
  /** The grant that the request names. */
  readonly grant?: LockGrant | undefined;
  /** The token of a change without a lock. See `StorageWriteOptions`. */
  readonly token?: number | undefined;
}

/**
 * The permission of the request to change `key`. A change that names no lock ends the lock of a computation. The storage
 * fences by tokens, so the lock service confirms the token first: nobody can invent a larger one. Rejects with
 * `StaleLockError` for a token that is no longer valid, with a `Refusal` if somebody else holds the lock by hand. A computed value
 * ends no lock, and waits for every one.
 */
export async function permitWrite(
  c: ApiContext,
  key: string,
  locks: LockService,
  isComputed = false,
): Promise<WritePermit> {
  const claim = claimOf(c);
  if (!claim && isComputed) {
    if ((await locks.inspect(key)).isLocked) throw lockedByOther(key);
    return {};
  }
  if (!claim) return { token: await endComputation(key, locks) };
  const { holder } = claim;
  const { token, isLastHolder } = await locks.inspect(key, holder);
  if (!isLastHolder || token !== claim.token) {
    throw new StaleLockError(`The lock on "${key}" is not held under this token any more`, { key });
  }
  return { grant: grantOf(key, holder, token, false) };
}

/**
 * Ends the lock of a computation, and resolves to the token for a change of the key. A service that can't do this protects
 * computations too. Rejects with a `Refusal` if the lock is protected.
 */
export async function endComputation(key: string, locks: LockService): Promise<number | undefined> {
  const { isByHand, token } = locks.endComputation
    ? await locks.endComputation(key)
    : { isByHand: (await locks.inspect(key)).isLocked };
  if (isByHand) throw lockedByOther(key);
  return token;
}

function lockedByOther(key: string): Refusal {
  const message = `Another holder has the lock on "${key}": name yours in ${headers.lockHolder} to write under it`;
  return Refusal.of(new LockNotHeldError(message, { key }), 423, { "retry-after": "1" });
}

/** The grant of a holder that is on another machine. Its loss can't be seen here. */
export function grantOf(key: string, holder: string, token: number, takenOver: boolean): LockGrant {
  return createLockGrant({ key, holder, token, takenOver, lost: new AbortController() }, async () => {});
}

function claimOf(c: ApiContext): { holder: string; token: number } | undefined {
  const holder = textHeader(c, headers.lockHolder);
  const token = c.req.header(headers.lockToken);
  if (holder === undefined && token === undefined) return undefined;
  if (token === undefined || !/^\d{1,16}$/.test(token)) {
    throw new InvalidArgumentError(`${headers.lockToken} has to be a whole number, sent with ${headers.lockHolder}`);
  }
  return { holder: toName(holder, headers.lockHolder), token: Number(token) };
}
