import type { MiddlewareHandler } from "hono";
import { headers, resultsPath } from "../../src/http/requests/protocol.ts";
import type { ApiContext, ApiEnv } from "../requests/api-context.ts";
import { limitBody } from "../requests/read-body.ts";
import type { ApiRoute } from "./api-route.ts";
import { beginComputation } from "./begin-computation.ts";
import { listRecords } from "./list-records.ts";
import { readRecord } from "./read-record.ts";
import type { RouteOptions } from "./route-options.ts";
import { deleteRecord, writeRecord } from "./write-record.ts";

const maxBeginBytes = 1_024;
const path = `${resultsPath}/:key`;

/** The routes that list, read, write and delete records. */
export function resultsRoutes(options: RouteOptions): ApiRoute[] {
  const withStorage: MiddlewareHandler<ApiEnv> = async (c, next) => {
    const storage = options.storage(c.env);
    c.set("storage", storage);
    await next();
    // a storage may learn its consistency during the call
    c.header(headers.consistency, storage.capabilities.consistency);
    if (storage.generation !== undefined) c.header(headers.generation, String(storage.generation));
  };
  const before = [withStorage];
  const write = (c: ApiContext) => writeRecord(c, options);
  const remove = (c: ApiContext) => deleteRecord(c, options);
  return [
    { method: "GET", path: resultsPath, operation: "list", before, handle: listRecords },
    // Hono routes `HEAD` to it too
    { method: "GET", path, operation: "read", before, handle: (c) => readRecord(c, options) },
    {
      method: "PUT",
      path,
      operation: "write",
      before: [withStorage, limitBody(options.maxRecordBytes)],
      handle: write,
    },
    {
      method: "POST",
      path: `${path}/begin`,
      operation: "write",
      before: [withStorage, limitBody(maxBeginBytes)],
      handle: beginComputation,
    },
    { method: "DELETE", path, operation: "delete", before, handle: remove },
  ];
}
