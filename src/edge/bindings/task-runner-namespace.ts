import type { DeferredJob } from "../../core/deferred/job-scheduler.ts";
import type { DeferredStatus } from "../../core/store/scheduler.ts";

/** What is used of a `DurableObjectNamespace<TaskRunner>`, the binding of the objects that run deferred calls. */
export interface TaskRunnerBinding {
  getByName(name: string): TaskRunnerStub;
}

/** A `TaskRunner` as it is called by RPC. */
export interface TaskRunnerStub {
  submit(job: DeferredJob): Promise<SubmitAnswer>;
  /** `wait`: milliseconds, 10,000 at most. */
  inspect(wait: number): Promise<DeferredStatus | undefined>;
  /** Runs the job where it is due; who calls while it runs waits along. */
  run(): Promise<DeferredStatus | undefined>;
}

/** RPC takes the class of an error away, so a refusal travels as a value. */
export type SubmitAnswer = { readonly status: DeferredStatus } | { readonly refusal: SubmitRefusal };

/** Why a job was not taken: an error of this library. */
export interface SubmitRefusal {
  readonly code: string;
  readonly message: string;
  readonly key?: string;
}
