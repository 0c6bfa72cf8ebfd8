import { checkedProgress } from "../../src/core/concurrency/progress.ts";
import { assertSeen } from "../../src/core/remote-locks/lock-arguments.ts";
import {
  bareLease,
  longestLease,
  maxWait,
  type LockLease,
  type LockRequest,
  type LockService,
} from "../../src/core/remote-locks/lock-service.ts";
import { lockNotHeld } from "../../src/core/locks/lock-grant.ts";
import { LockTimeoutError, StaleLockError } from "../../src/errors/index.ts";
import { locksPath } from "../../src/http/requests/protocol.ts";
import { grantOf } from "../access/write-permit.ts";
import type { ApiContext } from "../requests/api-context.ts";
import { toFlag, toMilliseconds, toName } from "../requests/parse-fields.ts";
import { limitBody, readJson } from "../requests/read-body.ts";
import { queryNumber, queryOf } from "../requests/read-request.ts";
import { Refusal } from "../requests/refusal.ts";
import type { ApiRoute } from "./api-route.ts";
import type { RouteOptions } from "./route-options.ts";

const path = `${locksPath}/:key`;
const maxJsonBytes = 8_192;

/** The routes that acquire, renew, release, inspect and await locks. */
export function locksRoutes(options: RouteOptions): ApiRoute[] {
  const operation = "lock";
  // a reader waits while another caller writes
  const inspection = ["read", operation] as const;
  const limit = limitBody(maxJsonBytes);
  const post = (action: string, handle: ApiRoute["handle"]): ApiRoute => {
    return { method: "POST", path: `${path}/${action}`, operation, before: [limit], handle: unstored(handle) };
  };
  const locksOf = (c: ApiContext) => options.locks(c.env);
  return [
    { method: "GET", path, operation: inspection, handle: unstored((c) => inspect(c, locksOf(c))) },
    { method: "GET", path: `${path}/wait`, operation: inspection, handle: unstored((c) => wait(c, locksOf(c))) },
    post("acquire", (c) => acquire(c, locksOf(c), options)),
    post("renew", (c) => renew(c, locksOf(c))),
    post("release", (c) => release(c, locksOf(c))),
    post("progress", (c) => report(c, locksOf(c))),
  ];
}

/** Forbids caches to store the answer: the state of a lock changes at any time. */
function unstored(handle: ApiRoute["handle"]): ApiRoute["handle"] {
  return (c) => {
    c.header("Cache-Control", "no-store");
    return handle(c);
  };
}

async function acquire(c: ApiContext, locks: LockService, options: RouteOptions): Promise<Response> {
  const key = c.get("key");
  const request = toLockRequest(await readJson(c));
  const deadline = Date.now() + request.wait;
  for (;;) {
    const lease = await locks.acquire(key, { ...request, wait: Math.max(0, deadline - Date.now()) });
    if (!lease) {
      const error = new LockTimeoutError(`The lock on "${key}" was not free within ${request.wait} ms`, { key });
      throw Refusal.of(error, 423, { "retry-after": "1" });
    }
    if (!lease.takenOver || (await fence(c, locks, options, request.holder, lease))) return c.json(lease);
  }
}

function toLockRequest(json: Readonly<Record<string, unknown>>): LockRequest {
  const { holder, holdTimeout = bareLease, wait: timeout = 0, comesBack = false } = json;
  return {
    holder: toName(holder, "holder"),
    holdTimeout: toMilliseconds(holdTimeout, "holdTimeout", longestLease),
    wait: toMilliseconds(timeout, "wait", maxWait),
    comesBack: toFlag(comesBack, "comesBack"),
  };
}

/**
 * Makes the storage refuse the previous holders, because the caller can't do that itself. If the storage fails, the lease
 * ends at once, and the next holder has to fence again. `false` if a change of the key has taken the grant meanwhile: it has
 * the larger token, so it refuses those holders too.
 */
async function fence(
  c: ApiContext,
  locks: LockService,
  options: RouteOptions,
  holder: string,
  { token }: LockLease,
): Promise<boolean> {
  const key = c.get("key");
  try {
    await options.storage(c.env).fence?.(key, grantOf(key, holder, token, true));
    return true;
  } catch (error) {
    if (error instanceof StaleLockError) {
      await locks.release(key, holder);
      return false;
    }
    await locks.renew(key, holder, 1).catch(options.onError);
    throw error;
  }
}

async function renew(c: ApiContext, locks: LockService): Promise<Response> {
  const key = c.get("key");
  const json = await readJson(c);
  const holder = toName(json["holder"], "holder");
  const holdTimeout = toMilliseconds(json["holdTimeout"], "holdTimeout", longestLease);
  const lease = await locks.renew(key, holder, holdTimeout);
  if (!lease) throw lockNotHeld(key, holder);
  return c.json(lease);
}

async function release(c: ApiContext, locks: LockService): Promise<Response> {
  const key = c.get("key");
  const json = await readJson(c);
  const holder = toName(json["holder"], "holder");
  const committed = json["committed"] === undefined ? undefined : toName(json["committed"], "committed");
  if (!(await locks.release(key, holder, { committed }))) throw lockNotHeld(key, holder);
  return c.body(null, 204);
}

async function report(c: ApiContext, locks: LockService): Promise<Response> {
  const key = c.get("key");
  const json = await readJson(c);
  const holder = toName(json["holder"], "holder");
  if (!(await locks.report?.(key, holder, checkedProgress(json)))) throw lockNotHeld(key, holder);
  return c.body(null, 204);
}

async function inspect(c: ApiContext, locks: LockService): Promise<Response> {
  const holder = queryOf(c).get("holder");
  return c.json(await locks.inspect(c.get("key"), holder === null ? undefined : toName(holder, "holder")));
}

async function wait(c: ApiContext, locks: LockService): Promise<Response> {
  const query = queryOf(c);
  const timeout = toMilliseconds(queryNumber(query, "timeout") ?? maxWait, "timeout", maxWait);
  const seen = queryNumber(query, "seen") as number | undefined;
  assertSeen(seen);
  return c.json(await locks.wait(c.get("key"), timeout, seen));
}
