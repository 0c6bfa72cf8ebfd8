import { Run } from "../context/run.ts";
import { currentScope, type Scope } from "../context/scope.ts";
import type { IsolationLevel } from "../locks/isolation-level.ts";
import type { ResultStore } from "../store/result-store.ts";
import { internals, type Keep } from "../store/store-internals.ts";
import type { TaskCall } from "../work/task-call.ts";
import type { Transaction } from "../work/transaction.ts";
import type { UnitOfWork } from "../work/unit-of-work.ts";
import type { CallDescription } from "./task-inputs.ts";
import type { ResolvedTaskOptions } from "./task-options.ts";
import { TaskUnit } from "./task-unit.ts";

export interface CachedCallOptions {
  readonly description: CallDescription;
  readonly options: ResolvedTaskOptions;
  /** The scope of the call. */
  readonly scope: Scope;
  readonly around: UnitOfWork | undefined;
  readonly persists: boolean;
  /** The store of its result. */
  readonly store: ResultStore;
  /** The store of tasks that it calls. */
  readonly inside: () => ResultStore;
  /** Runs the wrapped function. */
  readonly run: () => unknown;
}

/** The kept result for `key`, or the result of the call. Without a key the call runs, and nothing is kept. */
export function answerCall(call: CachedCallOptions, key: string | undefined): Promise<unknown> {
  const { store, scope, around } = call;
  if (key !== undefined) {
    const cached = new CachedCall(call, key);
    return around ? around.answer(cached) : cached.answer(undefined);
  }
  const isolationLevel = isolationLevelOf(call);
  return new TaskUnit({ store, parent: around, scope, isolationLevel }).carryOut(async (unit) => {
    const value = await runIn(unit, call);
    unit.stage(value, call.options.hooks);
    return value;
  });
}

class CachedCall implements TaskCall {
  readonly key: string;
  readonly #call: CachedCallOptions;

  constructor(call: CachedCallOptions, key: string) {
    this.#call = call;
    this.key = key;
  }

  get name(): string {
    return this.#call.options.task.name;
  }

  get store(): ResultStore {
    return this.#call.store;
  }

  get scope(): Scope {
    return this.#call.scope;
  }

  get refresh(): boolean {
    return this.#call.options.refresh;
  }

  get isolationLevel(): IsolationLevel | undefined {
    return isolationLevelOf(this.#call);
  }

  answer(holder: string | undefined): Promise<unknown> {
    const { store, options } = this.#call;
    const { expiresIn, refresh } = options;
    const compute = ({ holder: by }: { holder: string }, keep: Keep) => this.#compute(by, keep);
    return store[internals].answer(this.key, compute, { expiresIn, refresh, holder });
  }

  async #compute(holder: string, keep: Keep): Promise<unknown> {
    const { store, around: parent, options } = this.#call;
    const scope = { ...this.#call.scope, enclosing: currentScope().enclosing };
    let unkept: { readonly value: unknown; readonly error: unknown } | undefined;
    const keepOrNote = async (value: unknown) => {
      try {
        await keep(value);
      } catch (error) {
        unkept = { value, error };
        throw error;
      }
    };
    try {
      const cached = { key: this.key, holder, keep: keepOrNote };
      return await new TaskUnit({ store, parent, scope, isolationLevel: this.isolationLevel, cached }).carryOut(
        async (unit) => {
          const value = await runIn(unit, this.#call);
          unit.stage(value, options.hooks);
          return value;
        },
      );
    } catch (error) {
      // a failure to keep the value never hides it from the caller
      if (!unkept || unkept.error !== error) throw error;
      return unkept.value;
    }
  }

  async answerIn(transaction: Transaction): Promise<unknown> {
    const { store, options } = this.#call;
    const started = performance.now();
    const tellDone = (source: "computed" | "storage") =>
      store.onEvent?.({ type: "done", key: this.key, source, duration: performance.now() - started });
    if (transaction.isCommitted()) {
      tellDone("storage");
      return (await transaction.read())?.result;
    }
    const value = await runIn(transaction, this.#call);
    const { expiresIn, hooks } = options;
    transaction.stage(store.createResultRecord(value, { key: this.key, expiresIn }), hooks);
    tellDone("computed");
    return value;
  }
}

/** Results that are kept in memory only need no lock. */
function isolationLevelOf({ persists, options, around }: CachedCallOptions): IsolationLevel | undefined {
  return persists ? (options.isolationLevel ?? around?.isolationLevel) : undefined;
}

/** Runs the wrapped function in its own run, as part of a transaction. */
async function runIn(work: Transaction, { description, options, scope, inside, persists, run }: CachedCallOptions) {
  const context = new Run({
    kind: "task",
    name: options.task.name,
    id: description.taskRunId,
    parameters: description.inputs,
    store: inside(),
    persistResult: persists,
    scope: { ...scope, work },
  });
  return context.run(run);
}
