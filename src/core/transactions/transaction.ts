import { InvalidArgumentError } from "../../errors/index.ts";
import { currentScope } from "../context/scope.ts";
import type { ResultStore } from "../store/result-store.ts";
import type { Transaction } from "../work/transaction.ts";
import { currentWork } from "../work/unit-of-work.ts";
import { StoreTransaction } from "./store-transaction.ts";
import { resolveTransactionOptions, type TransactionOptions } from "./transaction-options.ts";

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

/** `transaction` for a runtime, whose default store `defaultStore` gives. */
export function createTransaction(defaultStore: () => ResultStore): TransactionFunction {
  return async <T>(options: TransactionOptions, fn: (transaction: Transaction) => T | Promise<T>) => {
    if (typeof fn !== "function") {
      throw new InvalidArgumentError(`transaction needs a function that does the work; got ${typeof fn}`);
    }
    const scope = currentScope();
    const resolved = resolveTransactionOptions(options, currentWork(scope), () => scope.run?.store ?? defaultStore());
    return new StoreTransaction(resolved, scope).carryOut(fn);
  };
}
