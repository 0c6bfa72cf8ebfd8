import { ConfigurationError } from "../../errors/index.ts";
import { parametersKeyOf, parametersLifetime } from "./deferred-parameters.ts";
import { awaitDeferred, type AwaitDeferredOptions } from "./deferred-wait.ts";
import type { ResultStore } from "../store/result-store.ts";
import type { DeferredJob, DeferredStatus, TaskScheduler } from "./task-scheduler.ts";

/** A call that was handed over. It goes on whatever becomes of this object. */
export interface DeferredCall<T> {
  /** Where its result is kept. */
  readonly key: string;
  /** The name of its task. */
  readonly task: string;
  /** How far it is; `undefined` where nothing is known of it any more. Rejects where that can't be asked. */
  status(): Promise<DeferredStatus | undefined>;
  /**
   * Its result, once it is kept: waits through lost connections. Rejects with `TaskFailedError` once the last try has
   * failed, with a `TimeoutError` (a `DOMException`) after `timeout`, with the reason of a signal that aborts, and
   * with `RecordNotFoundError` where the result was kept and is gone. The call itself goes on after the first two.
   */
  result(options?: AwaitDeferredOptions): Promise<T>;
}

export interface DeferCallOptions {
  /** Where the result is looked for; its `scheduler` has the work done. */
  readonly store: ResultStore;
  /** Whose serializer carries the arguments; at first `store`, whose own may be made for results only. */
  readonly argumentsStore?: ResultStore | undefined;
  /** Whether what is kept already is to be computed anew. */
  readonly refresh?: boolean | undefined;
  /** The name of the task. */
  readonly task: string;
  /** What the task's `cacheKey` gives for the arguments. */
  readonly key: string | undefined;
  readonly args: readonly unknown[];
}

/**
 * Hands a call of a task over to the store's scheduler, unless its result is there. Rejects with `ConfigurationError`
 * where the store has none or the call has no key, with what the serializer says of arguments that it can't carry, and
 * with what the scheduler refuses it with.
 */
export async function deferCall<T>(options: DeferCallOptions): Promise<DeferredCall<T>> {
  const { store, argumentsStore = store, task, key, args, refresh = false } = options;
  const scheduler = schedulerOf(store);
  if (key === undefined) {
    throw new ConfigurationError(
      `The call of "${task}" can't be deferred: it is not cached, so there is no place for its result`,
    );
  }
  // a storage that can't be asked is no reason not to submit, which finds what is kept itself
  const isKept = !refresh && (await store.exists(key).catch(() => false));
  const submit = async () => {
    await scheduler.submit(await createJob(argumentsStore, { task, key, args }));
  };
  if (!isKept) await submit();
  return {
    key,
    task,
    status: async () => {
      const status = await scheduler.inspect(key);
      if (status && (refresh || status.state !== "failed")) return status;
      return (await store.exists(key)) ? { state: "done", attempts: status?.attempts ?? 0 } : status;
    },
    result: async (waiting = {}) =>
      (await awaitDeferred({ store, scheduler, task, key, isKept, refresh, submit }, waiting)) as T,
  };
}

function schedulerOf({ scheduler }: ResultStore): TaskScheduler {
  if (scheduler) return scheduler;
  throw new ConfigurationError(
    "Nobody is there to defer work to: give createResultStore a remote, whose Worker registers the task, or a scheduler",
  );
}

async function createJob(
  store: ResultStore,
  { task, key, args }: { task: string; key: string; args: readonly unknown[] },
): Promise<DeferredJob> {
  const record = store.createResultRecord(args, { key: parametersKeyOf(key), expiresIn: parametersLifetime });
  return { task, key, parameters: await record.serialize() };
}
