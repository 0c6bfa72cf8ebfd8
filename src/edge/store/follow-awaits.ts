import { followAwaits, type ScopeStorageClass } from "../../core/context/scope.ts";

/** No literal in the `import()`: bundlers for other runtimes would try to resolve it. */
const hooksModule: string = "node:async_hooks";

/**
 * Workers with the compatibility flag `nodejs_als` have the class that follows awaits as a module only. Loading it is no I/O, so it is
 * there before the first request; without the flag there is none, and contexts end at the first await.
 */
export function followAwaitsInWorkers(): void {
  void loadHooks().then((hooks) => hooks && followAwaits(hooks.AsyncLocalStorage));
}

async function loadHooks(): Promise<{ readonly AsyncLocalStorage: ScopeStorageClass } | undefined> {
  try {
    return (await import(/* @vite-ignore */ hooksModule)) as { AsyncLocalStorage: ScopeStorageClass };
  } catch {
    return undefined;
  }
}
