import { maxWait } from "../../src/core/remote-locks/lock-service.ts";
import { RecordNotFoundError } from "../../src/errors/index.ts";
import { deferredPath, maxParameterBytes, recordMediaType } from "../../src/http/requests/protocol.ts";
import type { ApiContext } from "../requests/api-context.ts";
import { toMilliseconds, toName } from "../requests/parse-fields.ts";
import { assertMediaType, limitBody, readBytes } from "../requests/read-body.ts";
import { queryNumber, queryOf } from "../requests/read-request.ts";
import type { ApiRoute } from "./api-route.ts";
import type { RouteOptions } from "./route-options.ts";

const path = `${deferredPath}/:key`;

/** The routes that submit and inspect deferred calls. The scheduler checks that the key is the task's own. */
export function deferredRoutes(options: RouteOptions): ApiRoute[] {
  const operation = "defer";
  return [
    { method: "POST", path, operation, before: [limitBody(maxParameterBytes)], handle: (c) => submit(c, options) },
    { method: "GET", path, operation, handle: (c) => inspect(c, options) },
  ];
}

async function submit(c: ApiContext, { scheduler }: RouteOptions): Promise<Response> {
  assertMediaType(c, recordMediaType);
  const task = toName(queryOf(c).get("task") ?? undefined, "task");
  const key = c.get("key");
  const parameters = await readBytes(c);
  const status = await scheduler(c.env).submit({ task, key, parameters });
  c.header("Cache-Control", "no-store");
  return c.json(status, 202);
}

async function inspect(c: ApiContext, { scheduler }: RouteOptions): Promise<Response> {
  const key = c.get("key");
  const wait = toMilliseconds(queryNumber(queryOf(c), "wait") ?? 0, "wait", maxWait);
  const status = await scheduler(c.env).inspect(key, { wait });
  if (!status) throw new RecordNotFoundError(`Nothing is known of a deferred call "${key}"`, { key });
  c.header("Cache-Control", "no-store");
  return c.json(status);
}
