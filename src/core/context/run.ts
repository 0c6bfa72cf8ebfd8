import { MissingContextError } from "../../errors/index.ts";
import type { ResultStore } from "../store/result-store.ts";
import { checkedProgress, type ReportProgress } from "../concurrency/progress.ts";
import { getDefaultPersistSetting } from "./configure.ts";
import type { RunContext } from "./run-context.ts";
import { currentScope, runInScope, type Scope } from "./scope.ts";

export interface RunOptions {
  readonly kind: "flow" | "task";
  readonly name: string;
  readonly id: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly store: ResultStore;
  readonly persistResult: boolean | undefined;
  /** Absent: nobody waits for it. */
  readonly progress?: ReportProgress | undefined;
  /** Absent: nobody can abort it. */
  readonly signal?: AbortSignal | undefined;
  /** The scope of the call. */
  readonly scope: Scope;
}

/** A call of a flow or a task. */
export class Run implements RunContext {
  readonly kind: "flow" | "task";
  readonly name: string;
  readonly id: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly store: ResultStore;
  readonly persistResult: boolean | undefined;
  readonly parent: RunContext | undefined;
  readonly progress: ReportProgress;
  readonly #scope: Scope;
  #signal: AbortSignal | undefined;

  constructor({ kind, name, id, parameters, store, persistResult, progress, signal, scope }: RunOptions) {
    this.kind = kind;
    this.name = name;
    this.id = id;
    this.parameters = parameters;
    this.store = store;
    this.persistResult = persistResult;
    this.progress = progress ?? ((fraction, note) => void checkedProgress({ fraction, note }));
    this.#signal = signal;
    this.parent = scope.run;
    this.#scope = { ...scope, run: this };
  }

  get signal(): AbortSignal {
    return (this.#signal ??= new AbortController().signal);
  }

  get flow(): RunContext | undefined {
    return this.kind === "flow" ? this : this.parent?.flow;
  }

  run<Args extends readonly unknown[], Result>(fn: (...args: Args) => Result, ...args: Args): Result {
    return runInScope(this.#scope, () => fn(...args));
  }
}

/**
 * The run that the calling code is part of. Throws `MissingContextError` if there is none: outside flows and tasks, and in
 * browsers after an `await`.
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

/**
 * Whether results are kept here: the surrounding task or flow decides, or else the settings.
 *
 * @example
 * ```ts
 * const isKept = flow(() => shouldPersistResult(), { name: "asks", persistResult: false });
 * await isKept(); // false
 * ```
 */
export function shouldPersistResult(): boolean {
  const { run } = currentScope();
  return run?.persistResult ?? run?.flow?.persistResult ?? getDefaultPersistSetting();
}
