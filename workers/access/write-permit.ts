import { createLockGrant } from "../../src/core/locks/lock-grant.ts";
import type { LockService } from "../../src/core/remote-locks/lock-service.ts";
import type { LockGrant } from "../../src/core/locks/result-lock-manager.ts";
import { InvalidArgumentError, LockNotHeldError, StaleLockError } from "../../src/errors/index.ts";
import { headers } from "../../src/http/protocol.ts";
import type { ApiContext } from "../requests/api-context.ts";
import { toName } from "../requests/parse-fields.ts";
import { textHeader } from "../requests/read-request.ts";
import { Refusal } from "../requests/refusal.ts";

/**
 * The grant under which the request may change `key`, or `undefined` if it names none and the lock is free. The storage
 * fences by tokens, so the lock service confirms the token first: nobody can invent a larger one. Rejects with
 * `StaleLockError` for a token that is no longer valid, with a `Refusal` if another holder has the lock.
 */
export async function permitWrite(c: ApiContext, key: string, locks: LockService): Promise<LockGrant | undefined> {
  const claim = claimOf(c);
  if (!claim) {
    const { isLocked } = await locks.inspect(key);
    if (!isLocked) return undefined;
    const message = `Another holder has the lock on "${key}": name yours in ${headers.lockHolder} to write under it`;
    throw Refusal.of(new LockNotHeldError(message, { key }), 423, { "retry-after": "1" });
  }
  const { holder } = claim;
  const { token, isLastHolder } = await locks.inspect(key, holder);
  if (!isLastHolder || token !== claim.token) {
    throw new StaleLockError(`The lock on "${key}" is not held under this token any more`, { key });
  }
  return grantOf(key, holder, token, false);
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
