import type { Context, MiddlewareHandler } from "hono";
import type { ResultStorage } from "../../src/core/storages/result-storage.ts";
import type { Operation } from "../../src/http/protocol.ts";
import type { Access } from "../access/auth.ts";

export interface ApiEnv {
  Bindings: object;
  Variables: {
    /** What the caller's token allows. */
    access: Access;
    /** Of the path, as the caller wrote it before it was encoded. Only where the path has one. */
    key: string;
    /** Where records are. Only on the routes of results. */
    storage: ResultStorage;
  };
}

export type ApiContext = Context<ApiEnv>;

/** One method of one path. */
export interface ApiRoute {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Its key, if it has one, is called `:key`. */
  readonly path: string;
  /** What a token has to allow; of several, any will do. */
  readonly operation: Operation | readonly [Operation, ...Operation[]];
  /** Runs once the caller is known to be allowed. */
  readonly before?: readonly MiddlewareHandler<ApiEnv>[];
  readonly handle: (c: ApiContext) => Promise<Response>;
}
