import { InvalidArgumentError } from "../../errors/index.ts";
import { currentScope } from "../context/scope.ts";
import type { ResultStore } from "../store/result-store.ts";
import type { Transaction } from "../work/transaction.ts";
import { currentWork } from "../work/unit-of-work.ts";
import { StoreTransaction } from "./store-transaction.ts";
import { resolveTransactionOptions, type TransactionOptions } from "./transaction-options.ts";

/** The type of `transaction`. */
export interface TransactionFunction {
  /**
   * Runs `fn` as a transaction. If it succeeds, its staged values and the results of tasks called in it are kept. If it
   * throws, hooks undo its effects, nothing is kept, and the caller gets the error. Inside another transaction it becomes part
   * of that one, see `CommitMode`.
   *
   * Resolves with the result of `fn`. Rejects with
   *
   * - the error of `fn` or of a commit hook,
   * - the error of the storage,
   * - `LockTimeoutError` after `acquireTimeout`,
   * - `ConfigurationError` if the store can't provide the isolation level.
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

/** Creates `transaction` for a runtime. `defaultStore` returns the runtime's default store. */
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
