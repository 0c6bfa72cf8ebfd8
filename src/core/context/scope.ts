import type { EnclosedScope } from "../locks/enclosing.ts";
import { currentAsyncScope, runInAsyncScope } from "../concurrency/async-scope.ts";
import type { RunContext } from "./run-context.ts";
import type { Settings } from "./settings.ts";

/** The surroundings of a call. Each part is absent if there is none. */
export interface Scope extends EnclosedScope {
  readonly settings?: Settings;
  readonly run?: RunContext;
  /** The surrounding unit of work: see `currentWork`. */
  readonly work?: object;
}

/** The scope of the running code. After an `await` it is available only if the runtime tracks awaits. */
export const currentScope: () => Scope = currentAsyncScope;

/** Runs `fn` in the given scope alone. The scope covers awaited work too if the runtime tracks awaits. */
export const runInScope: <T>(scope: Scope, fn: () => T) => T = runInAsyncScope;
