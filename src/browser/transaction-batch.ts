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

/** Works all tasks off in `transaction`. Gives those that are to be tried again, each alone, since together they were too large. */
export async function runBatch(transaction: IDBTransaction, tasks: readonly Task[], databaseName: string): Promise<Task[]> {
  const rejectWith = (task: Task, error: unknown) =>
    task.reject(error instanceof DOMException ? toStorageError(error, databaseName, task.key) : error);
  const works = tasks.map(async ({ work }) => work(transaction));
  if (transaction.mode === "readonly") {
    await Promise.all(tasks.map((task, index) => works[index]?.then(task.resolve, (error) => rejectWith(task, error))));
    return [];
  }

  const ended = endOf(transaction);
  const outcomes = await Promise.allSettled(works);
  commit(transaction);
  const abort = await ended;
  const again: Task[] = [];
  for (const [index, task] of tasks.entries()) {
    const outcome = outcomes[index];
    const ownError = outcome?.status === "rejected" ? (outcome.reason as unknown) : undefined;
    if (outcome?.status === "rejected" && (!abort || !(ownError instanceof DOMException))) rejectWith(task, ownError);
    else if (!abort) task.resolve(outcome?.status === "fulfilled" ? outcome.value : undefined);
    else if (isQuotaError(abort.error) && tasks.length > 1) again.push(task);
    else task.reject(toStorageError(abort.error, databaseName, task.key));
  }
  return again;
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
