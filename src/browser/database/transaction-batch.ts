import { isQuotaError, toStorageError } from "./database-error.ts";

/** One caller's part of a transaction. */
export interface Task {
  readonly work: (transaction: IDBTransaction) => unknown;
  /** Whether the task waits for the disk. */
  readonly strict: boolean;
  /** The key for error messages. */
  readonly key: string | undefined;
  isAbandoned(): boolean;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Runs all tasks in `transaction`. Returns the tasks to retry one by one, since together they were too large. */
export async function runBatch(
  transaction: IDBTransaction,
  tasks: readonly Task[],
  databaseName: string,
): Promise<Task[]> {
  const ended = transaction.mode === "readwrite" ? endOf(transaction) : undefined;
  const attempts = tasks.map(async ({ work }) => work(transaction));
  const fail = (task: Task, error: unknown) => task.reject(toStorageError(error, databaseName, task.key));
  if (!ended) {
    // the results of reads are known before the transaction ends
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

/** Never rejects. `error` is the reason of an abort. A quota error may be on the request alone, with `AbortError` on the transaction. */
function endOf(transaction: IDBTransaction): Promise<{ error: unknown } | undefined> {
  return new Promise((resolve) => {
    let first: unknown;
    transaction.onerror = ({ target }) => (first ??= (target as IDBRequest).error);
    transaction.onabort = () => resolve({ error: isQuotaError(first) ? first : (transaction.error ?? first) });
    transaction.oncomplete = () => resolve(undefined);
  });
}

/** Without an explicit commit, the transaction of a frozen or stopped tab stays open and blocks others. */
function commit(transaction: IDBTransaction): void {
  try {
    transaction.commit();
  } catch {
    // already committed or aborted; its events report that
  }
}
