import type { DeferredJob } from "../../core/deferred/job-scheduler.ts";
import type { DeferredStatus } from "../../core/options/scheduler.ts";

/** The used part of a `DurableObjectNamespace<TaskRunner>`, the binding of the objects that run deferred calls. */
export interface TaskRunnerBinding {
  /** The object for the key of a deferred call. */
  getByName(name: string): TaskRunnerStub;
}

/** The RPC methods of a `TaskRunner`. */
export interface TaskRunnerStub {
  /** Hands over a job. The answer is its status, or the reason why it was refused. */
  submit(job: DeferredJob): Promise<SubmitAnswer>;
  /** `wait`: milliseconds, at most 10,000. */
  inspect(wait: number): Promise<DeferredStatus | undefined>;
  /** Runs the job if it is due. Callers during a run wait for the same run. */
  run(): Promise<DeferredStatus | undefined>;
}

/** RPC drops the class of an error, so a refusal is sent as a value. */
export type SubmitAnswer = { readonly status: DeferredStatus } | { readonly refusal: SubmitRefusal };

/** The reason why a job was refused, as the fields of an error of this library. */
export interface SubmitRefusal {
  /** The `code` of the error. */
  readonly code: string;
  /** The message of the error. */
  readonly message: string;
  /** The `key` of the error. */
  readonly key?: string;
}
