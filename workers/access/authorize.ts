import type { MiddlewareHandler } from "hono";
import type { Operation } from "../../src/http/requests/protocol.ts";
import type { Access, ApiEnv } from "../requests/api-context.ts";
import { keyOf, prefixOf } from "../requests/read-request.ts";
import { forbidden } from "./access-refusals.ts";

/** The part of a route that decides who may call it. */
export interface GuardedRoute {
  /** If the path has a key, the key's segment is `:key`. */
  readonly path: string;
  /** The operation that a token has to allow. If there are several, one of them is enough. */
  readonly operation: Operation | readonly [Operation, ...Operation[]];
  /** The keys are in the body or the answer, so `handle` checks them, with `assertAllowed`. */
  readonly checksKeys?: true;
}

/** Lets a request through if its token allows the operation on the key, or on all keys with the prefix. */
export function authorize({ path, operation, checksKeys }: GuardedRoute): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const access = c.get("access");
    const key = checksKeys ? access.prefix : path.includes(":key") ? keyOf(c, path) : prefixOf(c);
    const [first, ...others] = [operation].flat() as [Operation, ...Operation[]];
    assertAllowed(access, others.find((each) => access.operations.includes(each)) ?? first, key);
    c.set("key", key);
    await next();
  };
}

/** Throws a `Refusal` unless the token allows the operation on the key, or on all keys with the prefix. */
export function assertAllowed({ prefix, operations }: Access, operation: Operation, keyOrPrefix: string): void {
  if (!operations.includes(operation)) {
    const allowed = operations.join(", ") || "nothing";
    throw forbidden(`The token allows ${allowed}; this request needs "${operation}". ${advice}`);
  }
  if (!keyOrPrefix.startsWith(prefix)) {
    const named = keyOrPrefix === "" ? "all keys" : `"${keyOrPrefix}"`;
    throw forbidden(`The token allows keys that begin with "${prefix}"; this request names ${named}. ${advice}`);
  }
}

const advice = "Mint the token with other operations or another prefix";
