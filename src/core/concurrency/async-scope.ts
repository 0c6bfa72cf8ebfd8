/** Storage for the scope of running code. `AsyncLocalStorage` fits. */
export interface ScopeStorage {
  /** The scope of the running code, if it has one. */
  getStore(): object | undefined;
  /** Runs `fn`, and the code that it awaits, in this scope. */
  run<T>(scope: object, fn: () => T): T;
}

/** A class that keeps the scope of running code, such as `AsyncLocalStorage` of `node:async_hooks`. */
export type ScopeStorageClass = new () => ScopeStorage;

/** For runtimes that lose track of a call at its first `await`. A scope ends there, and never leaks into another call. */
class SynchronousScopes implements ScopeStorage {
  #current: object | undefined;

  getStore(): object | undefined {
    return this.#current;
  }

  run<T>(scope: object, fn: () => T): T {
    const before = this.#current;
    this.#current = scope;
    try {
      return fn();
    } finally {
      this.#current = before;
    }
  }
}

const emptyScope = Object.freeze({});

let scopes: ScopeStorage | undefined;

/** The scope of the running code. After an `await` it is available only if the runtime tracks awaits. */
export function currentAsyncScope(): object {
  return (scopes ??= createScopes()).getStore() ?? emptyScope;
}

/** Runs `fn` in the given scope alone. The scope covers awaited work too if the runtime tracks awaits. */
export function runInAsyncScope<T>(scope: object, fn: () => T): T {
  return (scopes ??= createScopes()).run(scope, fn);
}

/**
 * For runtimes whose `AsyncLocalStorage` has to be imported: `followAwaits(AsyncLocalStorage)`, with the class of
 * `node:async_hooks`, lets runs and transactions last beyond an `await`. Code that already runs keeps its scope.
 */
export function followAwaits(Scopes: ScopeStorageClass): void {
  if (scopes === undefined || scopes instanceof SynchronousScopes) scopes = new Scopes();
}

/** Node, Bun, and Workers with `nodejs_compat` provide the class without an import (https://nodejs.org/api/process.html#processgetbuiltinmoduleid). */
function createScopes(): ScopeStorage {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (id: string) => { AsyncLocalStorage: ScopeStorageClass } | undefined };
  };
  const Scopes = process?.getBuiltinModule?.("node:async_hooks")?.AsyncLocalStorage;
  return Scopes ? new Scopes() : new SynchronousScopes();
}
