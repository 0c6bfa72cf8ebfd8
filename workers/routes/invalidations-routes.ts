import type { InvalidationTarget } from "../../src/core/invalidation/invalidation.ts";
import type { InvalidationsSince } from "../../src/core/invalidation/invalidation-table.ts";
import { assertTarget } from "../../src/core/record/assert-target.ts";
import { invalidateIn } from "../../src/core/storages/invalidate-in.ts";
import { ConfigurationError, InvalidArgumentError } from "../../src/errors/index.ts";
import { headers, type InvalidateJson, invalidationsPath } from "../../src/http/requests/protocol.ts";
import { assertAllowed } from "../access/authorize.ts";
import { endComputation } from "../access/write-permit.ts";
import type { Access, ApiContext } from "../requests/api-context.ts";
import { show } from "../requests/parse-fields.ts";
import { limitBody, readJson } from "../requests/read-body.ts";
import { queryNumber, queryOf } from "../requests/read-request.ts";
import { Refusal } from "../requests/refusal.ts";
import type { ApiRoute } from "./api-route.ts";
import type { RouteOptions } from "./route-options.ts";

const path = invalidationsPath;
const maxJsonBytes = 1_048_576;
/** The most keys of one request: each of them takes calls of its own. */
export const maxKeys = 100;

/** The routes that invalidate, and tell what was invalidated. */
export function invalidationsRoutes(options: RouteOptions): ApiRoute[] {
  const before = [limitBody(maxJsonBytes)];
  const checksKeys = true;
  return [
    { method: "POST", path, operation: "delete", checksKeys, before, handle: (c) => invalidate(c, options) },
    { method: "GET", path, operation: "read", checksKeys, handle: (c) => tell(c, options) },
  ];
}

async function invalidate(c: ApiContext, options: RouteOptions): Promise<Response> {
  const { target, mode } = toInvalidation(await readJson(c));
  for (const each of prefixesOf(target)) assertAllowed(c.get("access"), "delete", each);
  const storage = options.storage(c.env);
  const tokens = new Map<string, number>();
  if (target !== "all" && "keys" in target) {
    const ended = await Promise.all(target.keys.map((key) => endComputation(key, options.locks(c.env))));
    for (const [i, token] of ended.entries()) if (token !== undefined) tokens.set(target.keys[i]!, token);
  }
  try {
    await invalidateIn(storage, target, { mode, now: Date.now(), tokens });
  } catch (error) {
    throw error instanceof ConfigurationError ? Refusal.of(error, 501) : error;
  }
  if (storage.generation !== undefined) c.header(headers.generation, String(storage.generation));
  return c.body(null, 204);
}

function toInvalidation({ target, mode = "delete" }: Readonly<Record<string, unknown>>): Required<InvalidateJson> {
  assertTarget(target);
  if (mode !== "delete" && mode !== "expire") {
    throw new InvalidArgumentError(`mode has to be "delete" or "expire"; got ${show(mode)}`);
  }
  if (target !== "all" && "keys" in target && target.keys.length > maxKeys) {
    throw new InvalidArgumentError(`One request invalidates at most ${maxKeys} keys; got ${target.keys.length}`);
  }
  return { target, mode };
}

/** The prefixes of all keys that the target covers. */
function prefixesOf(target: InvalidationTarget): readonly string[] {
  if (target === "all" || "tags" in target) return [""];
  return "keys" in target ? target.keys : [target.prefix];
}

async function tell(c: ApiContext, options: RouteOptions): Promise<Response> {
  const since = queryNumber(queryOf(c), "since") ?? 0;
  if (typeof since !== "number" || !Number.isSafeInteger(since) || since < 0) {
    throw new InvalidArgumentError(`since has to be a whole number; got ${show(since)}`);
  }
  const storage = options.storage(c.env);
  const told = await storage.invalidationsSince?.(since);
  if (!told) {
    throw Refusal.of(
      new ConfigurationError(`The storage "${storage.type}" of this server keeps no invalidations`),
      501,
    );
  }
  c.header("Cache-Control", "no-store");
  return c.json(visibleTo(c.get("access"), told));
}

/** A caller hears of the keys that it may use, and of every prefix, tag and number that may matter to them. */
function visibleTo({ prefix }: Access, { latest, invalidations }: InvalidationsSince): InvalidationsSince {
  const visible = invalidations?.flatMap((each) => {
    const { target } = each;
    if (target === "all" || "tags" in target) return each;
    if ("prefix" in target) return target.prefix.startsWith(prefix) || prefix.startsWith(target.prefix) ? each : [];
    const keys = target.keys.filter((key) => key.startsWith(prefix));
    return keys.length > 0 ? { ...each, target: { keys } } : [];
  });
  return visible ? { latest, invalidations: visible } : { latest };
}
