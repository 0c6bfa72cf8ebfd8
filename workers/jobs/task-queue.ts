/** A deferred call that is due, as a message of the queue. */
export interface TaskMessage {
  /** The name of the task. */
  readonly task: string;
  /** The key of the call's result. */
  readonly key: string;
}

/** The part of a `Queue` that a task runner uses. */
export interface TaskQueueBinding {
  /** Puts a message into the queue. */
  send(message: TaskMessage): Promise<unknown>;
}

/** The queue that is bound as `TASK_QUEUE`, or `undefined` if none is. */
export function taskQueueOf(env: object): TaskQueueBinding | undefined {
  return (env as { TASK_QUEUE?: TaskQueueBinding }).TASK_QUEUE;
}

/** Milliseconds after which the runner sends a message again that no consumer has taken: the queue may have dropped it. */
export const lostMessageTimeout = 900_000;

/** Milliseconds after which the runner sends a message again that the queue refused. */
export const refusedMessagePause = 10_000;
