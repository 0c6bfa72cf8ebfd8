import { ConfigurationError } from "../../errors/index.ts";
import type { DeferCall, DeferredCall, DeferringStore } from "../options/scheduler.ts";
import { awaitDeferred } from "./deferred-wait.ts";
import type { DeferredJob, JobScheduler } from "./job-scheduler.ts";
import { parametersKeyOf, parametersLifetime } from "./job-parameters.ts";

/**
 * Submits a call of a task to a scheduler, unless its result is already kept. Rejects with `ConfigurationError` if the call
 * has no key, with the serializer's error for arguments that it can't serialize, and with the scheduler's refusal.
 */
export async function deferCall(
  scheduler: JobScheduler,
  { store, argumentsStore, task, key, args, refresh }: DeferCall,
): Promise<DeferredCall<unknown>> {
  if (key === undefined) {
    throw new ConfigurationError(
      `The call of "${task}" can't be deferred: it is not cached, so nobody would find its result. Give the task a cachePolicy or cacheKeyFn`,
    );
  }
  // a failing storage is no reason against submitting: the scheduler looks for a kept result itself
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
    result: (waiting = {}) => awaitDeferred({ store, scheduler, task, key, isKept, refresh, submit }, waiting),
  };
}

async function createJob(
  store: DeferringStore,
  { task, key, args }: { task: string; key: string; args: readonly unknown[] },
): Promise<DeferredJob> {
  const record = store.createResultRecord(args, { key: parametersKeyOf(key), expiresIn: parametersLifetime });
  return { task, key, parameters: await record.serialize() };
}
