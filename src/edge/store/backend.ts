import type { ResultLockManager } from "../../core/locks/result-lock-manager.ts";
import { assertBound, type EdgeBindings, type EdgeEnv } from "../bindings/find-bindings.ts";
import { DurableObjectLockManager } from "../durable-objects/durable-object-lock-manager.ts";
import { EdgeStorage, type EdgeStorageOptions } from "./edge-storage.ts";

export interface BackendOptions extends EdgeBindings {
  /** Parts that the caller provides. They need no binding. */
  readonly resultStorage?: unknown;
  readonly lockManager?: unknown;
  /** Options of `EdgeStorage`. */
  readonly storage: Omit<EdgeStorageOptions, "kv" | "r2" | "invalidations">;
}

/** The parts of an edge store. A part is absent if the caller provides it. */
export interface Backend {
  readonly storage: EdgeStorage | undefined;
  readonly locks: ResultLockManager | undefined;
}

/** Uses the given bindings, or else those of `env`. Throws `ConfigurationError` if one is missing. */
export function createBackend(options: BackendOptions, env: EdgeEnv | undefined): Backend {
  const isGiven = options.kv !== undefined || options.r2 !== undefined;
  const { kv, r2 } = isGiven ? options : { kv: env?.RESULTS_KV, r2: env?.RESULTS_R2 };
  const namespace = options.locks ?? env?.RESULT_LOCKS;
  const invalidations = options.invalidations ?? env?.RESULT_INVALIDATIONS;
  const needs = { storage: options.resultStorage === undefined, locks: options.lockManager === undefined };
  assertBound({ storage: !needs.storage || Boolean(kv ?? r2), locks: !needs.locks || Boolean(namespace) });
  return {
    storage: needs.storage ? new EdgeStorage({ ...options.storage, kv, r2, invalidations }) : undefined,
    locks: needs.locks && namespace ? new DurableObjectLockManager({ namespace }) : undefined,
  };
}
