import { isQuotaError, toStorageError } from "./database-error.ts";

/** One caller's part of a transaction. */
export interface Task {
  readonly work: (transaction: IDBTransaction) => unknown;
  /** Whether it waits for the disk. */
  readonly strict: boolean;
  /** Named in errors. */
  readonly key: string | undefined;
  isAbandoned(): boolean;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Works all tasks off in `transaction`. Gives those that are to be tried again, each alone: together they were too large. */
export async function runBatch(
  transaction: IDBTransaction,
  tasks: readonly Task[],
  databaseName: string,
): Promise<Task[]> {
  const ended = transaction.mode === "readwrite" ? endOf(transaction) : undefined;
  const attempts = tasks.map(async ({ work }) => work(transaction));
  const fail = (task: Task, error: unknown) => task.reject(toStorageError(error, databaseName, task.key));
  if (!ended) {
    // what was read is known before the transaction ends
    for (const [index, task] of tasks.entries()) attempts[index]?.then(task.resolve, (error) => fail(task, error));
  }
  const outcomes = await Promise.allSettled(attempts);
  if (ended) commit(transaction);
  const abort = await ended;
  return tasks.filter((task, index) => {
    const outcome = outcomes[index];
    const isRefused = outcome?.status === "rejected" && !(abort && outcome.reason instanceof DOMException);
    if (isRefused) fail(task, outcome.reason);
    else if (abort && tasks.length > 1 && isQuotaError(abort.error)) return true;
    else if (abort) fail(task, abort.error);
    else if (outcome?.status === "fulfilled") task.resolve(outcome.value);
    return false;
  });
}

/** Never rejects; `error` is why it was aborted. A quota error may lie on the request alone, with `AbortError` on the transaction. */
function endOf(transaction: IDBTransaction): Promise<{ error: unknown } | undefined> {
  return new Promise((resolve) => {
    let first: unknown;
    transaction.onerror = ({ target }) => (first ??= (target as IDBRequest).error);
    transaction.onabort = () => resolve({ error: isQuotaError(first) ? first : (transaction.error ?? first) });
    transaction.oncomplete = () => resolve(undefined);
  });
}

/** Left to itself it would stay open, and keep others waiting, until a frozen or stopped tab runs again. */
function commit(transaction: IDBTransaction): void {
  try {
    transaction.commit();
  } catch {
    // it has committed itself already, or was aborted: its events tell
  }
}
