// What the examples of the documentation for Workers take for granted.
import { env as bound } from "cloudflare:workers";
import { createResultStore } from "../../workers/edge.ts";
import type { Env as WorkerEnv } from "../../workers/api/env.ts";
import type { TaskRunner } from "../../workers/jobs/task-runner.ts";

export { Hono } from "hono";

export interface Env extends WorkerEnv {
  readonly REPRISE_SECRET: string;
  readonly TASK_RUNNER: DurableObjectNamespace<TaskRunner>;
}

/** The Worker that runs the examples has no tasks, and theirs is asked for nothing. */
const noTasks = {} as Env["TASK_RUNNER"];

export const env: Env = {
  ...bound,
  REPRISE_SECRET: "a secret of at least 32 bytes, no less",
  TASK_RUNNER: noTasks,
};

export const store = createResultStore();

/** An application's own sign-in. */
export const userOf = (request: Request): { readonly team: string } | undefined =>
  request.headers.has("Cookie") ? { team: "north" } : undefined;

export const draw = (region: string, _signal?: AbortSignal): string => `a map of ${region}`;

export const reach = (roads: unknown, minutes: number): unknown => ({ roads, minutes });

export const computeIsochrones = (inputs: { city: string; minutes: number }): unknown => inputs;

export const loadRows = async (year: number): Promise<number[]> => [year];

export const summarize = (rows: readonly number[]): number => rows.length;
