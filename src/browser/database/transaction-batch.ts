import { isConnectionError, isQuotaError, toStorageError } from "./database-error.ts";

/**
 * What a task throws that has written before its checks were answered, and must not have. The transaction is undone, and its tasks
 * run again, this time with care: they write after their checks.
 */
export const wroteTooSoon = new Error("The transaction is undone");

/** One caller's part of a transaction. */
export interface Task {
  readonly work: (transaction: IDBTransaction, isCareful: boolean) => unknown;
  /** Whether the task waits for the disk. */
  readonly strict: boolean;
  /** The key for error messages. */
  readonly key: string | undefined;
  isAbandoned(): boolean;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The tasks of a batch that are not settled yet. */
export interface Unsettled<T extends Task> {
  /** Together they were too large for the disk, so each is retried alone. */
  readonly tooLarge: readonly T[];
  /** Those of a transaction in which one wrote too soon, and reads that need further requests. They are retried with care. */
  readonly undone: readonly T[];
  /** The connection was lost under them. */
  readonly lost: readonly T[];
  /** The reason why it was lost. */
  readonly error?: unknown;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * Runs all tasks in `transaction`, and settles those that need no retry. The end of a readonly transaction is requested along with
 * its reads: Chromium never ends one that a stopped tab leaves open, and it would hold up every writer meanwhile.
 */
export async function runBatch<T extends Task>(
  transaction: IDBTransaction,
  tasks: readonly T[],
  { name, isCareful }: { readonly name: string; readonly isCareful: boolean },
): Promise<Unsettled<T>> {
  const isWrite = transaction.mode === "readwrite";
  const { aborted, completed, stop } = endOf(transaction);
  const outcomes: Outcome[] = [];
  const attempts = tasks.map(async ({ work, resolve }, index) => {
    try {
      const value = await work(transaction, isCareful);
      outcomes[index] = { value };
      // the results of reads are known before the transaction ends
      if (!isWrite) resolve(value);
    } catch (error) {
      outcomes[index] = { error };
    }
  });
  if (!isWrite && !isCareful) end(() => transaction.commit());
  // the requests of a lost connection may never be answered
  let abort = await Promise.race([Promise.all(attempts).then(() => undefined), aborted]);
  const isUndone = !abort && outcomes.some((outcome) => "error" in outcome && outcome.error === wroteTooSoon);
  if (isUndone) end(() => transaction.abort());
  else if (isWrite && !abort) {
    end(() => transaction.commit());
    abort = await Promise.race([completed, aborted]);
  }
  stop();
  const unsettled = { tooLarge: [] as T[], undone: [] as T[], lost: [] as T[], error: undefined as unknown };
  if (isUndone) return { ...unsettled, undone: tasks };
  for (const [index, task] of tasks.entries()) {
    const outcome = outcomes[index];
    // a read keeps its answer when its transaction aborts afterwards
    if (outcome && "value" in outcome && !(isWrite && abort)) {
      task.resolve(outcome.value);
      continue;
    }
    // a task that wrote too soon learns its own error when it runs again
    const isOwn = (reason: unknown) => !(abort && reason instanceof DOMException) && reason !== wroteTooSoon;
    const own = outcome && "error" in outcome && isOwn(outcome.error) && outcome;
    const { error } = own || abort!;
    if (!isWrite && !isCareful && !abort && isOver(error)) unsettled.undone.push(task);
    else if (!own && tasks.length > 1 && isQuotaError(error)) unsettled.tooLarge.push(task);
    else if (isConnectionError(error)) {
      unsettled.error = error;
      unsettled.lost.push(task);
    } else {
      // other errors are the work's own
      const isPlatform = error instanceof DOMException || !(error instanceof Error);
      task.reject(isPlatform ? toStorageError(error, name, task.key) : error);
    }
  }
  return unsettled;
}

/** `error` is the reason of an abort. A quota error may be on the request alone, with `AbortError` on the transaction. */
function endOf(transaction: IDBTransaction) {
  let first: unknown;
  transaction.onerror = ({ target }) => (first ??= (target as IDBRequest).error);
  let lose!: () => void;
  const aborted = new Promise<{ error: unknown }>((resolve) => {
    transaction.onabort = () => resolve({ error: isQuotaError(first) ? first : transaction.error });
    lose = () => resolve({ error: new DOMException("The connection was closed", "AbortError") });
  });
  // Chromium tells a transaction that begins as the browser closes the connection of no end
  transaction.db.addEventListener("close", lose);
  const completed = new Promise<undefined>((resolve) => {
    transaction.oncomplete = () => resolve(undefined);
  });
  return { aborted, completed, stop: () => transaction.db.removeEventListener("close", lose) };
}

const isOver = (error: unknown) =>
  error instanceof DOMException && /^(TransactionInactive|InvalidState)E/.test(error.name);

/** Without an explicit end, the transaction of a frozen or stopped tab stays open and blocks others. */
function end(commitOrAbort: () => void): void {
  try {
    commitOrAbort();
  } catch {
    // already committed or aborted; its events report that
  }
}
