import { type ResolvedRetryOptions, retryDelay } from "./retries.ts";
import type { DeferredStatus } from "../options/scheduler.ts";
import type { DeferredJob } from "./job-scheduler.ts";

/** The stored state of a job. Times are milliseconds since 1970 by the clock of the runtime that runs it. */
export interface JobState extends DeferredStatus {
  readonly task: string;
  readonly key: string;
  /** The time when it completed, or failed for good. */
  readonly endedAt?: number;
}

/** The outcome of an attempt. */
export type RunOutcome =
  | { readonly end: "done" }
  /** `isLasting`: no further attempt can succeed. */
  | { readonly end: "failed"; readonly error: unknown; readonly isLasting: boolean }
  /** It did not begin, since another computes the same key. It doesn't count as an attempt; check again after `delay` milliseconds. */
  | { readonly end: "postponed"; readonly delay: number };

/** The maximum length of a message, in characters. Longer ones are cut. */
const maxMessage = 2_000;

export function isOpen(state: JobState | undefined): state is JobState {
  return state?.state === "pending" || state?.state === "running";
}

/** The state of a newly submitted job. Its earlier state does not matter. */
export function submitted({ task, key }: DeferredJob, now: number): JobState {
  return { task, key, state: "pending", attempts: 0, nextAttemptAt: now };
}

export function isDue({ state, nextAttemptAt = 0 }: JobState, now: number): boolean {
  return state === "pending" && nextAttemptAt <= now;
}

/** The state when an attempt begins. */
export function begun({ task, key, attempts, error }: JobState): JobState {
  return { task, key, state: "running", attempts: attempts + 1, ...(error && { error }) };
}

/** The state after an attempt. `chance`: 0 to 1. */
export function ended(
  running: JobState,
  outcome: RunOutcome,
  { now, retries, chance }: { now: number; retries: ResolvedRetryOptions; chance: number },
): JobState {
  const { task, key, attempts } = running;
  if (outcome.end === "done") return { task, key, state: "done", attempts, endedAt: now };
  if (outcome.end === "postponed") {
    return { ...running, state: "pending", attempts: attempts - 1, nextAttemptAt: now + outcome.delay };
  }
  const error = describe(outcome.error);
  if (outcome.isLasting || attempts >= retries.maxAttempts) {
    return { task, key, state: "failed", attempts, error, endedAt: now };
  }
  // whole milliseconds, as in alarms: an alarm earlier in the same millisecond would find nothing due
  const nextAttemptAt = Math.ceil(now + retryDelay(attempts, retries, chance));
  return { task, key, state: "pending", attempts, error, nextAttemptAt };
}

/** The outcome of an attempt whose runtime was lost. */
export const interruption: RunOutcome = {
  end: "failed",
  error: { name: "InterruptedError", message: "The runtime was stopped while the task ran" },
  isLasting: false,
};

export function statusOf({ state, attempts, error, nextAttemptAt }: JobState): DeferredStatus {
  return { state, attempts, ...(error && { error }), ...(nextAttemptAt !== undefined && { nextAttemptAt }) };
}

/** The time from which the job may be forgotten; `undefined` while it has not ended. */
export function forgettableFrom({ endedAt }: JobState, { memory }: ResolvedRetryOptions): number | undefined {
  return endedAt === undefined ? undefined : endedAt + memory;
}

function describe(error: unknown): { name: string; message: string } {
  try {
    const { name, message } = (typeof error === "object" && error !== null ? error : {}) as Partial<Error>;
    if (typeof message !== "string") return { name: "Error", message: cut(show(error)) };
    return { name: typeof name === "string" && name !== "" ? cut(name) : "Error", message: cut(message) };
  } catch {
    // a getter of the error threw: the attempt must end all the same
    return { name: "Error", message: "an error was thrown that can't be read" };
  }
}

function show(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return `a ${typeof thrown} was thrown`;
  }
}

function cut(text: string): string {
  return text.length > maxMessage ? `${text.slice(0, maxMessage)}…` : text;
}
