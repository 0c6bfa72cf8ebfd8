import { MissingContextError } from "../../errors/index.ts";
import type { ResultStore } from "../store/result-store.ts";
import { currentScope, runInScope, type Scope } from "./scope.ts";
import { getDefaultPersistSetting } from "./settings.ts";

export interface RunContextOptions {
  readonly kind: "flow" | "task";
  readonly name: string;
  readonly id: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly store: ResultStore;
  readonly persistResult: boolean | undefined;
  /** Where it was called. */
  readonly scope: Scope;
}

/**
 * One run of a flow or a task. In Workers and Node it follows awaits; in browsers it ends at the first one, so take it
 * before and use `run.run(task, ...args)` after.
 */
export class RunContext {
  readonly kind: "flow" | "task";
  readonly name: string;
  /** 32 hex digits that no other run has. */
  readonly id: string;
  /** What the flow or the task was called with, by name. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Where tasks called in it keep their results, unless they name another store. */
  readonly store: ResultStore;
  /** Whether its results are kept; undefined where it doesn't say. */
  readonly persistResult: boolean | undefined;
  /** The run that it was begun in. */
  readonly parent: RunContext | undefined;
  readonly #scope: Scope;

  /** Made by calling a flow or a task. */
  constructor({ kind, name, id, parameters, store, persistResult, scope }: RunContextOptions) {
    this.kind = kind;
    this.name = name;
    this.id = id;
    this.parameters = parameters;
    this.store = store;
    this.persistResult = persistResult;
    this.parent = scope.run;
    this.#scope = { ...scope, run: this };
  }

  /** The run of the flow that this is, or is inside of. */
  get flow(): RunContext | undefined {
    return this.kind === "flow" ? this : this.parent?.flow;
  }

  /** Calls a task, a flow, or any function, as though it was called inside of this run. */
  run<Args extends readonly unknown[], Result>(fn: (...args: Args) => Result, ...args: Args): Result {
    return runInScope(this.#scope, () => fn(...args));
  }
}

/**
 * The run that the calling code is part of. Throws `MissingContextError` where there is none: outside of flows and tasks,
 * and in browsers after an `await`.
 *
 * @example
 * ```ts
 * const report = flow(async (year: number) => {
 *   const run = getRunContext();
 *   const rows = await loadRows(year);
 *   return run.run(summarize, rows);
 * });
 * ```
 */
export function getRunContext(): RunContext {
  const { run } = currentScope();
  if (run) return run;
  throw new MissingContextError(
    "No flow or task is running here. In browsers a run is known until its first await: take getRunContext() before that",
  );
}

/** Whether results are kept here: as the task or the flow that runs says, else as the settings do. */
export function shouldPersistResult(): boolean {
  const { run } = currentScope();
  return run?.persistResult ?? run?.flow?.persistResult ?? getDefaultPersistSetting();
}
