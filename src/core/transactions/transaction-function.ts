import type { RuntimeDefaults } from "../context/runtime-defaults.ts";
import { currentScope, type Scope } from "../context/scope.ts";
import { runTransaction, Transaction } from "./transaction.ts";
import type { TransactionOptions } from "./transaction-options.ts";

export interface TransactionFunction {
  /**
   * Runs `fn` as a transaction: what it stages, and what tasks called in it give, is kept when it ends well. Where it throws, hooks undo what was
   * done, nothing is kept, and the error goes on to the caller. Inside of another transaction it becomes part of that, see `CommitMode`.
   *
   * Resolves to what `fn` gives. Rejects with what `fn` or a commit hook throws, with what the storage fails with, with `LockTimeoutError`
   * after `acquireTimeout`, and with `ConfigurationError` where the store can't give the isolation level.
   *
   * @example
   * ```ts
   * await transaction({ key: "report/2026" }, async (txn) => {
   *   if (txn.isCommitted()) return;
   *   const rows = await loadRows(2026);
   *   txn.stage(rows, { onRollback: () => console.warn("no report was kept") });
   * });
   * ```
   */
  <T>(options: TransactionOptions, fn: (transaction: Transaction) => T | Promise<T>): Promise<T>;
}

/** `transaction` for a runtime. */
export function createTransactionFunction(defaults: RuntimeDefaults): TransactionFunction {
  return (options, fn) => {
    const scope = currentScope();
    const defaultStore = () => scope.run?.store ?? defaults.store();
    return runTransaction(options, fn, { scope, defaultStore });
  };
}

/** The transaction that the calling code is part of, if any. In browsers it is known until the first `await`. */
export function getTransaction(): Transaction | undefined {
  return openScope().transaction;
}

/** The scope of the code that runs, without the transactions that have ended meanwhile. */
export function openScope(): Scope {
  const scope = currentScope();
  const transaction = Transaction.open(scope.transaction);
  if (transaction === scope.transaction) return scope;
  const { transaction: _ended, ...rest } = scope;
  return transaction ? { ...rest, transaction } : rest;
}
