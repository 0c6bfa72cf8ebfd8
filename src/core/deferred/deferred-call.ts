import { ConfigurationError } from "../../errors/index.ts";
import type { DeferCall, DeferredCall, DeferringStore } from "../store/scheduler.ts";
import { awaitDeferred } from "./deferred-wait.ts";
import type { DeferredJob, JobScheduler } from "./job-scheduler.ts";
import { parametersKeyOf, parametersLifetime } from "./job-parameters.ts";

/**
 * Hands a call of a task over to a scheduler, unless its result is there. Rejects with `ConfigurationError` where the call
 * has no key, with what the serializer says of arguments that it can't carry, and with what the scheduler refuses it with.
 */
export async function deferCall(
  scheduler: JobScheduler,
  { store, argumentsStore, task, key, args, refresh }: DeferCall,
): Promise<DeferredCall<unknown>> {
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
