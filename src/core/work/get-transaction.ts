import { currentScope } from "../context/scope.ts";
import type { Transaction } from "./transaction.ts";
import { currentWork } from "./unit-of-work.ts";

/**
 * The transaction that the calling code is part of, if any. Browsers know it until the first `await`.
 *
 * @example
 * ```ts
 * await transaction({ key: "report/2026" }, () => {
 *   getTransaction()?.stage({ rows: 3 });
 * });
 * ```
 */
export function getTransaction(): Transaction | undefined {
  return currentWork(currentScope());
}
