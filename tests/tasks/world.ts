import { env as bound } from "cloudflare:workers";
import { parametersKeyOf } from "../../src/core/deferred/job-parameters.ts";
import type { JobScheduler } from "../../src/core/deferred/job-scheduler.ts";
import { DurableObjectTaskScheduler } from "../../src/edge/durable-objects/durable-object-task-scheduler.ts";
import { createResultStore } from "../../workers/edge.ts";
import { eventually } from "../../src/testing/cases/wait-for.ts";
import type { Env } from "../../workers/api/env.ts";
import type { TaskMessage } from "../../workers/jobs/task-queue.ts";
import type { TaskRunner } from "../../workers/jobs/task-runner.ts";
import { scripted, scripts } from "./tasks.ts";
import { createStore } from "../stores.ts";

export interface TasksEnv extends Env {
  readonly TASK_RUNNER: DurableObjectNamespace<TaskRunner>;
  readonly QUEUED_RUNNER: DurableObjectNamespace<TaskRunner>;
  readonly HASTY_RUNNER: DurableObjectNamespace<TaskRunner>;
  readonly TEST_QUEUE: Queue<TaskMessage>;
}

export const env = bound as unknown as TasksEnv;

/** Over the Worker's bindings, with nothing in memory. */
export const store = createResultStore({ cacheResultInMemory: false });

export const scheduler = new DurableObjectTaskScheduler(env.TASK_RUNNER);

/** The bytes of the parameters of a call whose result is kept under `key`. */
export function parametersOf(key: string, args: unknown): Promise<Uint8Array> {
  return createStore()
    .createResultRecord(args, { key: parametersKeyOf(key) })
    .serialize();
}

/** A call of the task `scripted` that does what `script` says, not handed over yet. */
export async function scriptedJob(script: (attempt: number) => unknown) {
  const id = crypto.randomUUID();
  scripts.set(id, script);
  const key = (await scripted.cacheKey([id]))!;
  return { id, task: "scripted", key, parameters: await parametersOf(key, [id]) };
}

/** The status of a job that has ended. */
export async function ended(key: string, by: JobScheduler = scheduler) {
  let status = await by.inspect(key, { wait: 10_000 });
  while (status && status.state !== "done" && status.state !== "failed") {
    status = await by.inspect(key, { wait: 10_000 });
  }
  return status;
}

/** What a run waits at until a test opens it. Asked again and again: a promise of one request is none of another. */
export class Gate {
  #isOpen = false;

  open(): void {
    this.#isOpen = true;
  }

  async pass(): Promise<void> {
    await eventually(() => this.#isOpen, "the gate was not opened");
  }
}
