import type { DeferredJob } from "../../core/deferred/job-scheduler.ts";
import type { DeferredStatus } from "../../core/options/scheduler.ts";

/** The used part of a `DurableObjectNamespace<TaskRunner>`, the binding of the objects that run deferred calls. */
export interface TaskRunnerBinding {
  getByName(name: string): TaskRunnerStub;
}

/** The RPC methods of a `TaskRunner`. */
export interface TaskRunnerStub {
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
  readonly code: string;
  readonly message: string;
  readonly key?: string;
}
