import { InvalidArgumentError } from "../../errors/index.ts";
import { settingsIn } from "../context/configure.ts";
import { Run } from "../context/run.ts";
import { currentScope, runInScope, type Scope } from "../context/scope.ts";
import type { CallListener } from "../events/call-events.ts";
import { tellUnkept } from "../events/store-event.ts";
import { hashParts } from "../keys/part-hashes.ts";
import type { IsolationLevel } from "../locks/isolation-level.ts";
import type { ResultRecord } from "../record/result-record.ts";
import type { ComputeContext, GetOrComputeOptions } from "../options/call-options.ts";
import { ComputeTime } from "../answers/compute-time.ts";
import type { ResultStore } from "../store/result-store.ts";
import { resolveFreshness } from "../freshness/freshness.ts";
import { parseValue, type StandardSchema } from "../freshness/standard-schema.ts";
import type { Keep } from "../answers/keep.ts";
import { internals } from "../store/store-internals.ts";
import { isPromise } from "../support/is-promise.ts";
import type { TaskCall } from "../work/task-call.ts";
import type { Transaction } from "../work/transaction.ts";
import type { UnitOfWork } from "../work/unit-of-work.ts";
import type { PlacedCall } from "./prepared-call.ts";
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
  /** Whether an existing result is computed again. */
  readonly refresh: boolean;
  /** The store of its result. */
  readonly store: ResultStore;
  /** The store of tasks that it calls. */
  readonly inside: () => ResultStore;
  /** Runs the wrapped function. */
  readonly run: () => unknown;
  /** Aborts a call without a key. */
  readonly signal?: AbortSignal | undefined;
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
    const value = await startIn(call, { signal: call.signal });
    unit.stage(value, call.options.hooks);
    return value;
  });
}

/** The call outside of any work, with options of its own. */
export function placeCall(call: CachedCallOptions, key: string | undefined): PlacedCall {
  const { store } = call;
  if (key !== undefined) return new CachedCall(call, key).placed();
  const answer: PlacedCall["answer"] = async ({ signal }) => ({ value: await answerCall({ ...call, signal }, key) });
  return { store, key, options: {}, answer };
}

class CachedCall implements TaskCall {
  readonly key: string;
  readonly #call: CachedCallOptions;
  /** The reason not to keep the result. */
  #refusal: Error | undefined;

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

  get isRefused(): boolean {
    return this.#refusal !== undefined;
  }

  get refresh(): boolean {
    return this.#call.refresh;
  }

  get schema(): StandardSchema | undefined {
    return this.#call.options.schema;
  }

  get tags(): readonly string[] | undefined {
    const { tags } = this.#options;
    return typeof tags === "function" ? undefined : tags;
  }

  get isolationLevel(): IsolationLevel | undefined {
    return isolationLevelOf(this.#call);
  }

  answer(holder: string | undefined): Promise<unknown> {
    const { store, refresh } = this.#call;
    const own = this.#options;
    return store[internals].answer(this.key, this.#compute, refresh || holder ? { ...own, refresh, holder } : own);
  }

  placed(): PlacedCall {
    const { key } = this;
    const { store, refresh } = this.#call;
    const options = refresh ? { ...this.#options, refresh } : this.#options;
    return { store, key, options, answer: (given) => store[internals].answerWhole(key, this.#compute, given) };
  }

  get #options(): GetOrComputeOptions {
    const { options, scope } = this.#call;
    return options.answering(settingsIn(scope).tasks);
  }

  /** They explain a later miss, so a policy that fails now costs no result. */
  async #inputs(): ReturnType<typeof hashParts> {
    const { options, description } = this.#call;
    try {
      return await hashParts(options.partsOf(description));
    } catch {
      return {};
    }
  }

  readonly #compute = async ({ holder, progress, signal }: ComputeContext, keep: Keep): Promise<unknown> => {
    const { store, around: parent, options } = this.#call;
    const scope = { ...this.#call.scope, enclosing: currentScope().enclosing };
    const inputs = () => this.#inputs();
    let computed: unknown;
    let write: ReturnType<Keep>;
    let unkept: { readonly value: unknown; readonly error: unknown } | undefined;
    const keepOrNote = async (value: unknown) => {
      try {
        // a hook may have staged another value
        await (value === computed ? write : keep(value, value, inputs))(this.#refusal);
      } catch (error) {
        unkept = { value, error };
        throw error;
      }
    };
    try {
      const cached = { key: this.key, holder, keep: keepOrNote };
      return await new TaskUnit({ store, parent, scope, isolationLevel: this.isolationLevel, cached }).carryOut(
        async (unit) => {
          const value = await this.#run(
            (result, output) => {
              computed = output;
              write = keep(result, output, inputs);
            },
            { progress, signal },
          );
          unit.stage(value, options.hooks);
          return value;
        },
      );
    } catch (error) {
      // a failure to keep the value never hides it from the caller
      if (!unkept || unkept.error !== error) throw error;
      return unkept.value;
    }
  };

  async answerIn(transaction: Transaction, holder: string, emit: CallListener | undefined): Promise<unknown> {
    const { key } = this;
    const { store, options } = this.#call;
    if (transaction.isCommitted()) return (await transaction.read())?.result;
    const { hooks } = options;
    const recordOf = store[internals].recordsOf(key, this.#options);
    let record: ResultRecord | undefined;
    const started = performance.now();
    emit?.({ type: "compute-start", key, holder });
    const value = await this.#runInTime((result) => {
      record = recordOf(result)?.capture();
    }).catch((error: unknown) => {
      emit?.({ type: "compute-error", key, holder, error });
      throw error;
    });
    emit?.({ type: "compute-end", key, holder, duration: performance.now() - started });
    if (this.#refusal || !record) {
      transaction.onCommit(hooks.onCommit);
      transaction.onRollback(hooks.onRollback);
      if (this.#refusal) tellUnkept(emit, key, this.#refusal);
    } else {
      if (!record.serializer.omitsInputs) record.metadata.inputs = await this.#inputs();
      transaction.stage(record, hooks);
    }
    return value;
  }

  async #runInTime(take: (value: unknown) => void): Promise<unknown> {
    const { computeTimeout } = resolveFreshness(this.#options);
    const time = new ComputeTime(computeTimeout, undefined, this.key);
    return time.limit(this.#run(take)).finally(() => time.stop());
  }

  /**
   * Runs the function. `take` gets the value before anyone can change it, and what the schema makes of it. Notes if the key is no
   * longer that of the arguments.
   */
  async #run(take: (value: unknown, output: unknown) => void, context?: Started): Promise<unknown> {
    const { schema } = this;
    const outcome = startIn(this.#call, context);
    const isPending = isPromise(outcome);
    const checks = [this.#findChange()];
    const value = isPending ? await outcome : outcome;
    const output = schema ? await parseValue(value, schema, this.key) : value;
    take(value, output);
    if (isPending) checks.push(this.#findChange());
    this.#refusal = (await Promise.all(checks)).find(Boolean);
    return output;
  }

  /** Makes the key again, from the arguments as they are now. */
  async #findChange(): Promise<Error | undefined> {
    const { options, description, scope } = this.#call;
    let cause: unknown;
    try {
      if ((await runInScope(scope, () => options.computeKey!(description))) === this.key) return undefined;
    } catch (error) {
      cause = error;
    }
    return new InvalidArgumentError(
      `The key of task "${this.name}" changed during its call, so its result is not kept: don't change the arguments until the call settles, or pass copies`,
      { key: this.key, cause },
    );
  }
}

/** Results that are kept in memory only need no lock. */
function isolationLevelOf({ persists, options, around }: CachedCallOptions): IsolationLevel | undefined {
  return persists ? (options.isolationLevel ?? around?.isolationLevel) : undefined;
}

type Started = { readonly [Name in "progress" | "signal"]?: ComputeContext[Name] | undefined };

/** Starts the wrapped function in a run, in the scope of the work that it is part of. */
function startIn(
  { description, options, inside, persists, run }: CachedCallOptions,
  { progress, signal }: Started = {},
): unknown {
  const context = new Run({
    kind: "task",
    name: options.task.name,
    id: description.taskRunId,
    parameters: description.inputs,
    store: inside(),
    persistResult: persists,
    progress,
    signal,
    scope: currentScope(),
  });
  return context.run(run);
}
