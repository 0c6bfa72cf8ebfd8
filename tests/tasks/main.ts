import { createResultsApi, createTaskConsumer, createTaskRunner } from "../../workers/entry.ts";
import { double, scripted } from "./tasks.ts";
import type { TasksEnv } from "./world.ts";

const tasks = [double, scripted];
const options = { tasks, maxAttempts: 3, firstDelay: 20, onError: () => {} };

export const TaskRunner = createTaskRunner(options);
export const QueuedRunner = createTaskRunner<TasksEnv>({ ...options, queue: ({ TEST_QUEUE }) => TEST_QUEUE });
export const HastyRunner = createTaskRunner({ ...options, runTimeout: 2_000 });
export { ResultLock } from "../../workers/locks/result-lock.ts";

export default {
  fetch: createResultsApi().fetch,
  queue: createTaskConsumer<TasksEnv>({ runner: ({ QUEUED_RUNNER }) => QUEUED_RUNNER }),
};
