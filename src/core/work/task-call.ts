import type { ResultStore } from "../store/result-store.ts";
import type { IsolationLevel } from "../locks/isolation-level.ts";
import type { Scope } from "../context/scope.ts";
import type { Transaction } from "./transaction.ts";

/** A call of a task, as the work around it sees it. */
export interface TaskCall {
  /** The name of the task. */
  readonly name: string;
  readonly key: string;
  /** Where its result is kept. */
  readonly store: ResultStore;
  /** Where it was made. */
  readonly scope: Scope;
  /** Whether a result that is kept already is computed anew. */
  readonly refresh: boolean;
  /** What the task asks for; absent: as the work around. */
  readonly isolationLevel: IsolationLevel | undefined;
  /** Answers by itself: the store holds others off, and keeps the result at once. `holder`: has the lock of the key already. */
  answer(holder: string | undefined): Promise<unknown>;
  /** Answers as part of a transaction made for it, which keeps what the call stages in it. */
  answerIn(transaction: Transaction): Promise<unknown>;
}
