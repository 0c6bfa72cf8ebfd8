import { expect } from "vitest";
import type { LockLease, LockState } from "../../src/core/remote-locks/lock-service.ts";
import { headers, lockPath } from "../../src/http/requests/protocol.ts";
import { eventually } from "../../src/testing/cases/wait-for.ts";
import { post, type Call } from "./api-tools.ts";

/** Acquires the lock, which has to be free. */
export async function acquire(call: Call, key: string, holder: string, holdTimeout = 30_000): Promise<LockLease> {
  const answer = await post(call, lockPath(key, "acquire"), { holder, holdTimeout });
  expect(answer.status).toBe(200);
  return answer.json<LockLease>();
}

/** Holds the lock of `key` for `holder` and lets the lease run out. */
export async function abandon(call: Call, key: string, holder: string): Promise<LockLease> {
  const lease = await acquire(call, key, holder, 1);
  await eventually(async () => !(await inspect(call, key)).isLocked, "the lease has not run out");
  return lease;
}

/** The state of the lock, as `holder` sees it. */
export async function inspect(call: Call, key: string, holder?: string): Promise<LockState> {
  const query = holder === undefined ? "" : `?holder=${encodeURIComponent(holder)}`;
  return (await call(lockPath(key) + query)).json<LockState>();
}

/** The headers that name a grant. */
export const under = (holder: string, token: number) => ({
  [headers.lockHolder]: encodeURIComponent(holder),
  [headers.lockToken]: String(token),
});
