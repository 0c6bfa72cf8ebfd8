import type { RunContext } from "./run-context.ts";
import type { Settings } from "./settings.ts";

/** The surroundings of a call. Each part is absent if there is none. */
export interface Scope {
  readonly settings?: Settings;
  readonly run?: RunContext;
  /** The surrounding unit of work: see `currentWork`. */
  readonly work?: object;
}

/** Storage for the scope of running code. `AsyncLocalStorage` fits. */
interface ScopeStorage {
  getStore(): Scope | undefined;
  run<T>(scope: Scope, fn: () => T): T;
}

export type ScopeStorageClass = new () => ScopeStorage;

/** For runtimes that lose track of a call at its first `await`. A scope ends there, and never leaks into another call. */
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

const emptyScope: Scope = Object.freeze({});

let scopes: ScopeStorage | undefined;

/** The scope of the running code. After an `await` it is available only if the runtime tracks awaits. */
export function currentScope(): Scope {
  return (scopes ??= createScopes()).getStore() ?? emptyScope;
}

/** Runs `fn` in the given scope alone. The scope covers awaited work too if the runtime tracks awaits. */
export function runInScope<T>(scope: Scope, fn: () => T): T {
  return (scopes ??= createScopes()).run(scope, fn);
}

/** For runtimes whose `AsyncLocalStorage` has to be imported. Code that already runs keeps its scope. */
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
