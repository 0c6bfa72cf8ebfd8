import { InvalidArgumentError } from "../../errors/index.ts";
import { RunContext } from "../context/run-context.ts";
import type { ResultStore } from "../store/result-store.ts";
import type { Scope } from "../context/scope.ts";
import { internals, type Keep } from "../store/store-internals.ts";
import type { CallDescription } from "./task-inputs.ts";
import type { ResolvedTaskOptions } from "./task-options.ts";
import { Transaction, type TaskTransactionOptions } from "../transactions/transaction.ts";
import { CommitMode } from "../transactions/transaction-options.ts";

/** One call of a task. */
export interface TaskCall {
  readonly description: CallDescription;
  readonly options: ResolvedTaskOptions;
  /** Where it was made. */
  readonly scope: Scope;
  readonly persists: boolean;
  /** Where its result is kept. */
  readonly own: ResultStore;
  /** Where tasks that it calls keep theirs. */
  readonly inside: () => ResultStore;
  /** Runs the wrapped function. */
  readonly run: () => unknown;
}

/** What is kept for the call under `key`, or what it gives. Every call that runs is a transaction. */
export function answerCall(call: TaskCall, key: string | undefined): Promise<unknown> {
  const { transaction } = call.scope;
  if (key === undefined) return carryOut(call, undefined, {});
  if (transaction === undefined) return answerAtOnce(call, key);
  const { resultStorage } = call.own;
  if (Transaction.isInCallOf(transaction, resultStorage, key)) throw callOfItself(call, key);
  const before = call.options.refresh ? undefined : Transaction.callsOf(transaction).find(resultStorage, key);
  if (before) return before;
  return transaction.commitMode === CommitMode.EAGER
    ? answerInEager(call, key, transaction)
    : answerInside(call, key, transaction);
}

/** One that joined another's call fails with it, and so does what it was made in. */
async function answerInEager(call: TaskCall, key: string, around: Transaction): Promise<unknown> {
  try {
    return await answerAtOnce(call, key);
  } catch (error) {
    await Transaction.rollBackAround(around);
    throw error;
  }
}

function callOfItself({ options }: TaskCall, key: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `Task "${options.task.name}" is called with the same key from inside of its own call, and would wait for itself: change its arguments or what its key is made of`,
    { key },
  );
}

/** The store holds others off, and keeps the result as soon as it is there. */
function answerAtOnce(call: TaskCall, key: string): Promise<unknown> {
  const { options, scope, own } = call;
  const compute = async (holder: string, keep: Keep) => {
    let unkept: { readonly value: unknown; readonly error: unknown } | undefined;
    const write = async (value: unknown) => {
      try {
        await keep(value);
      } catch (error) {
        unkept = { value, error };
        throw error;
      }
    };
    try {
      return await carryOut(call, key, { holder, write });
    } catch (error) {
      // that it can't be kept never hides the value from the caller
      if (!unkept || unkept.error !== error) throw error;
      return unkept.value;
    }
  };
  const { expiresIn, refresh } = options;
  const holder = scope.transaction && Transaction.holderOf(scope.transaction, own, key);
  return own[internals].answer(key, ({ holder: by }, keep) => compute(by, keep), { expiresIn, refresh, holder });
}

/** The result is kept when the transaction around commits. Who calls again inside of it gets the same. */
function answerInside(call: TaskCall, key: string, around: Transaction): Promise<unknown> {
  const calls = Transaction.callsOf(around);
  const { resultStorage } = call.own;
  const answer = carryOut(call, key, {});
  calls.add(resultStorage, key, answer);
  return answer;
}

async function carryOut(call: TaskCall, key: string | undefined, task: TaskTransactionOptions): Promise<unknown> {
  const { description, options, scope, own: store, inside, persists, run } = call;
  const { transaction: parent } = scope;
  const started = performance.now();
  const resolved = {
    key,
    store,
    parent,
    commitMode: parent?.commitMode ?? CommitMode.EAGER,
    // what is kept in memory only needs no lock
    isolationLevel: (persists ? (options.isolationLevel ?? parent?.isolationLevel) : undefined) ?? "READ_COMMITTED",
    // where the store writes it has looked before
    overwrite: options.refresh || task.write !== undefined,
    writeOnCommit: true,
    acquireTimeout: undefined,
    signal: undefined,
  };
  const transaction = new Transaction(resolved, { scope, defaultStore: inside }, task);
  return Transaction.carryOut(transaction, async () => {
    if (transaction.isCommitted()) {
      tellDone("storage");
      return (await transaction.read())?.result;
    }
    const context = new RunContext({
      kind: "task",
      name: options.task.name,
      id: description.taskRunId,
      parameters: description.inputs,
      store: inside(),
      persistResult: persists,
      scope: { ...scope, transaction },
    });
    const value = await context.run(run);
    const { expiresIn, hooks } = options;
    const isOwnRecord = key !== undefined && task.write === undefined;
    transaction.stage(isOwnRecord ? store.createResultRecord(value, { key, expiresIn }) : value, hooks);
    if (isOwnRecord) tellDone("computed");
    return value;
  });

  function tellDone(source: "computed" | "storage"): void {
    if (key !== undefined) store.onEvent?.({ type: "done", key, source, duration: performance.now() - started });
  }
}
