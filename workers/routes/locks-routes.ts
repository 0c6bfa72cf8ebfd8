import { bodyLimit } from "hono/body-limit";
import {
  bareLease,
  longestLease,
  maxWait,
  type LockLease,
  type LockRequest,
  type LockService,
} from "../../src/core/remote-locks/lock-service.ts";
import { lockNotHeld } from "../../src/core/locks/lock-grant.ts";
import { LockTimeoutError } from "../../src/errors/index.ts";
import { locksPath } from "../../src/http/protocol.ts";
import type { ApiContext, ApiRoute } from "../api/api-context.ts";
import type { ResolvedApiOptions } from "../api/api-options.ts";
import { Refusal, tooLarge } from "../api/problems.ts";
import { queryNumber, queryOf, readJson, toFlag, toMilliseconds, toName } from "../api/requests.ts";
import { grantOf } from "../access/write-permit.ts";

const path = `${locksPath}/:key`;
const maxJsonBytes = 8_192;

export function locksRoutes(options: ResolvedApiOptions): ApiRoute[] {
  const operation = "lock";
  // who reads waits for whoever is writing
  const looking = ["read", operation] as const;
  const limit = bodyLimit({
    maxSize: maxJsonBytes,
    onError: () => {
      throw tooLarge(maxJsonBytes);
    },
  });
  const post = (action: string, handle: ApiRoute["handle"]): ApiRoute => {
    return { method: "POST", path: `${path}/${action}`, operation, before: [limit], handle: unkept(handle) };
  };
  const locksOf = (c: ApiContext) => options.locks(c.env);
  return [
    { method: "GET", path, operation: looking, handle: unkept((c) => inspect(c, locksOf(c))) },
    { method: "GET", path: `${path}/wait`, operation: looking, handle: unkept((c) => wait(c, locksOf(c))) },
    post("acquire", (c) => acquire(c, locksOf(c), options)),
    post("renew", (c) => renew(c, locksOf(c))),
    post("release", (c) => release(c, locksOf(c))),
  ];
}

/** A lock as it was a moment ago is of no use. */
function unkept(handle: ApiRoute["handle"]): ApiRoute["handle"] {
  return (c) => {
    c.header("Cache-Control", "no-store");
    return handle(c);
  };
}

async function acquire(c: ApiContext, locks: LockService, options: ResolvedApiOptions): Promise<Response> {
  const key = c.get("key");
  const request = toLockRequest(await readJson(c));
  const lease = await locks.acquire(key, request);
  if (!lease) {
    const error = new LockTimeoutError(`The lock on "${key}" was not free within ${request.wait} ms`, { key });
    throw Refusal.of(error, 423, { "retry-after": "1" });
  }
  if (lease.takenOver) await fence(c, locks, options, request.holder, lease);
  return c.json(lease);
}

function toLockRequest(json: Readonly<Record<string, unknown>>): LockRequest {
  const { holder, holdTimeout = bareLease, wait: patience = 0, comesBack = false } = json;
  return {
    holder: toName(holder, "holder"),
    holdTimeout: toMilliseconds(holdTimeout, "holdTimeout", longestLease),
    wait: toMilliseconds(patience, "wait", maxWait),
    comesBack: toFlag(comesBack, "comesBack"),
  };
}

/** Shuts out the holders before, for a caller who can't. Where that fails the lease ends at once, so that the next one has to do it again. */
async function fence(
  c: ApiContext,
  locks: LockService,
  options: ResolvedApiOptions,
  holder: string,
  { token }: LockLease,
): Promise<void> {
  const key = c.get("key");
  try {
    await options.storage(c.env).fence?.(key, grantOf(key, holder, token, true));
  } catch (error) {
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

async function inspect(c: ApiContext, locks: LockService): Promise<Response> {
  const holder = queryOf(c).get("holder");
  return c.json(await locks.inspect(c.get("key"), holder === null ? undefined : toName(holder, "holder")));
}

async function wait(c: ApiContext, locks: LockService): Promise<Response> {
  const timeout = toMilliseconds(queryNumber(queryOf(c), "timeout") ?? maxWait, "timeout", maxWait);
  return c.json(await locks.wait(c.get("key"), timeout));
}
