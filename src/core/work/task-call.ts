import type { CallListener } from "../events/call-events.ts";
import type { ResultStore } from "../store/result-store.ts";
import type { IsolationLevel } from "../locks/isolation-level.ts";
import type { StandardSchema } from "../freshness/standard-schema.ts";
import type { Scope } from "../context/scope.ts";
import type { Transaction } from "./transaction.ts";

/** A call of a task, as seen by the work around it. */
export interface TaskCall {
  /** The name of the task. */
  readonly name: string;
  readonly key: string;
  /** The store of its result. */
  readonly store: ResultStore;
  /** The scope of the call. */
  readonly scope: Scope;
  /** Whether its value must not be given to other calls, since its arguments have changed. */
  readonly isRefused: boolean;
  /** Whether an existing result is computed again. */
  readonly refresh: boolean;
  /** The level that the task names. Absent: the level of the work around it. */
  readonly isolationLevel: IsolationLevel | undefined;
  /** Checks the result, and may change it. */
  readonly schema: StandardSchema | undefined;
  /** The tags of its record. Absent if they depend on the value. */
  readonly tags: readonly string[] | undefined;
  /** Answers on its own: the store locks the key and keeps the result at once. A `holder` has the lock already. */
  answer(holder: string | undefined): Promise<unknown>;
  /**
   * Answers as part of a transaction created for it. The transaction keeps the value that the call stages. `holder` and `emit` are
   * those of the call in events; without `emit` nobody listens.
   */
  answerIn(transaction: Transaction, holder: string, emit: CallListener | undefined): Promise<unknown>;
}
