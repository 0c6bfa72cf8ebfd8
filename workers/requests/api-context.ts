import type { Context } from "hono";
import type { ResultStorage } from "../../src/core/storages/result-storage.ts";
import type { Operation } from "../../src/http/requests/protocol.ts";

/** What a caller may do. */
export interface Access {
  /** The caller may use only keys that begin with this. */
  readonly prefix: string;
  readonly operations: readonly Operation[];
  /** The caller has no token, and reads a result that everybody may read. */
  readonly isPublic?: boolean;
}

/** What the API keeps with each request. */
export interface ApiEnv {
  Bindings: object;
  Variables: {
    /** What the caller's token allows. */
    access: Access;
    /** The decoded key of the path. Only routes whose path has a key set it. */
    key: string;
    /** The storage of the records. Only the routes of results set it. */
    storage: ResultStorage;
  };
}

/** A request and its answer, as every part of the API gets them. */
export type ApiContext = Context<ApiEnv>;
