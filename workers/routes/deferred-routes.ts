import { bodyLimit } from "hono/body-limit";
import { maxWait } from "../../src/core/remote-locks/lock-service.ts";
import { RecordNotFoundError } from "../../src/errors/index.ts";
import { deferredPath, maxParameterBytes, recordMediaType } from "../../src/http/protocol.ts";
import type { ApiContext, ApiRoute } from "../api/api-context.ts";
import type { ResolvedApiOptions } from "../api/api-options.ts";
import { tooLarge } from "../api/problems.ts";
import { assertMediaType, queryNumber, queryOf, toMilliseconds, toName } from "../api/requests.ts";

const path = `${deferredPath}/:key`;

/** Deferred calls: handed over, and asked after. What may be computed under which key is for the scheduler's tasks to say. */
export function deferredRoutes(options: ResolvedApiOptions): ApiRoute[] {
  const operation = "defer";
  const limit = bodyLimit({
    maxSize: maxParameterBytes,
    onError: () => {
      throw tooLarge(maxParameterBytes);
    },
  });
  return [
    { method: "POST", path, operation, before: [limit], handle: (c) => submit(c, options) },
    { method: "GET", path, operation, handle: (c) => inspect(c, options) },
  ];
}

async function submit(c: ApiContext, { scheduler }: ResolvedApiOptions): Promise<Response> {
  assertMediaType(c, recordMediaType);
  const task = toName(queryOf(c).get("task") ?? undefined, "task");
  const key = c.get("key");
  const parameters = new Uint8Array(await c.req.arrayBuffer());
  const status = await scheduler(c.env).submit({ task, key, parameters });
  c.header("Cache-Control", "no-store");
  return c.json(status, 202);
}

async function inspect(c: ApiContext, { scheduler }: ResolvedApiOptions): Promise<Response> {
  const key = c.get("key");
  const wait = toMilliseconds(queryNumber(queryOf(c), "wait") ?? 0, "wait", maxWait);
  const status = await scheduler(c.env).inspect(key, { wait });
  if (!status) throw new RecordNotFoundError(`Nothing is known of a deferred call "${key}"`, { key });
  c.header("Cache-Control", "no-store");
  return c.json(status);
}
