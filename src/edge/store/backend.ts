import type { ResultLockManager } from "../../core/locks/result-lock-manager.ts";
import { DurableObjectLockManager } from "../durable-objects/durable-object-lock-manager.ts";
import { EdgeStorage, type EdgeStorageOptions } from "./edge-storage.ts";
import { assertBound, type EdgeBindings, type EdgeEnv, loadPlatform } from "../bindings/find-bindings.ts";

export interface BackendOptions extends EdgeBindings {
  /** Whether the caller has a storage or a lock manager of its own, so that no binding is needed for it. */
  readonly has: { readonly storage: boolean; readonly locks: boolean };
  /** For `EdgeStorage`. */
  readonly storage: Omit<EdgeStorageOptions, "kv" | "r2">;
}

/** What an edge store stands on: made of the bindings that are given, else of those that `env` has. */
export class Backend {
  readonly #options: BackendOptions;
  #storage: EdgeStorage | undefined;
  #locks: ResultLockManager | undefined;

  /** Throws `ConfigurationError` where a binding is missing. */
  constructor(options: BackendOptions, env: EdgeEnv | undefined) {
    const isGiven = options.kv !== undefined || options.r2 !== undefined;
    const { kv, r2 } = isGiven ? options : { kv: env?.RESULTS_KV, r2: env?.RESULTS_R2 };
    const locks = options.locks ?? env?.RESULT_LOCKS;
    assertBound({ storage: options.has.storage || Boolean(kv ?? r2), locks: options.has.locks || Boolean(locks) });
    this.#options = { ...options, kv, r2, locks };
  }

  /** Whether nothing has to be looked for. */
  static isComplete({ kv, r2, locks, has }: BackendOptions): boolean {
    return (has.storage || Boolean(kv ?? r2)) && (has.locks || Boolean(locks));
  }

  get storage(): EdgeStorage {
    const { kv, r2, storage } = this.#options;
    return (this.#storage ??= new EdgeStorage({ ...storage, kv, r2 }));
  }

  get locks(): ResultLockManager {
    const { locks } = this.#options;
    if (!locks) throw new TypeError("No binding for locks");
    return (this.#locks ??= new DurableObjectLockManager({ namespace: locks }));
  }
}

/**
 * Made at first use, over the bindings that the module `cloudflare:workers` has. That is asked for at once: it is no
 * I/O, so a Worker may do it at start-up, and by its first request what can be told without waiting is known.
 */
export class LazyBackend {
  readonly #options: BackendOptions;
  #opened: Backend | undefined;

  constructor(options: BackendOptions) {
    this.#options = options;
    this.open().catch(() => {});
  }

  /** Rejects with `ConfigurationError` where a binding is missing. */
  async open(): Promise<Backend> {
    if (this.#opened) return this.#opened;
    const platform = await loadPlatform();
    return (this.#opened ??= new Backend(this.#options, platform?.env));
  }

  /** What `open` gave before, at once. */
  get opened(): Backend | undefined {
    return this.#opened;
  }
}
