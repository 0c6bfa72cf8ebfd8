import type { RunContext } from "./run-context.ts";
import type { Settings } from "./settings.ts";

/** What surrounds a call: each part absent where there is none. */
export interface Scope {
  readonly settings?: Settings;
  readonly run?: RunContext;
  /** The unit of work around: see `currentWork`. */
  readonly work?: object;
}

/** What keeps the scope of the code that runs. `AsyncLocalStorage` fits. */
interface ScopeStorage {
  getStore(): Scope | undefined;
  run<T>(scope: Scope, fn: () => T): T;
}

export type ScopeStorageClass = new () => ScopeStorage;

/** For runtimes that lose track of a call at its first `await`: a scope ends there, and never leaks into another call. */
class SynchronousScopes implements ScopeStorage {
  #current: Scope | undefined;

  getStore(): Scope | undefined {
    return this.#current;
  }

  run<T>(scope: Scope, fn: () => T): T {
    const before = this.#current;
    this.#current = scope;
    try {
      return fn();
    } finally {
      this.#current = before;
    }
  }
}

const nowhere: Scope = Object.freeze({});

let scopes: ScopeStorage | undefined;

/** The scope of the code that runs: after an `await` only where the runtime follows those. */
export function currentScope(): Scope {
  return (scopes ??= createScopes()).getStore() ?? nowhere;
}

/** Runs `fn`, and what it awaits where the runtime follows that, in the scope that is given and no other. */
export function runInScope<T>(scope: Scope, fn: () => T): T {
  return (scopes ??= createScopes()).run(scope, fn);
}

/** For runtimes that have an `AsyncLocalStorage` which has to be imported. What runs already keeps the scope that it has. */
export function followAwaits(Scopes: ScopeStorageClass): void {
  if (scopes === undefined || scopes instanceof SynchronousScopes) scopes = new Scopes();
}

/** Node, Bun, and Workers with `nodejs_compat` have the class at hand (https://nodejs.org/api/process.html#processgetbuiltinmoduleid). */
function createScopes(): ScopeStorage {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (id: string) => { AsyncLocalStorage: ScopeStorageClass } | undefined };
  };
  const Scopes = process?.getBuiltinModule?.("node:async_hooks")?.AsyncLocalStorage;
  return Scopes ? new Scopes() : new SynchronousScopes();
}
