import { type ResolvedRetryOptions, retryDelay } from "./retries.ts";
import type { DeferredStatus } from "../store/scheduler.ts";
import type { DeferredJob } from "./job-scheduler.ts";

/** What is stored of a job. Times are milliseconds since 1970 by the clock of who runs it. */
export interface JobState extends DeferredStatus {
  readonly task: string;
  readonly key: string;
  /** When it was done, or failed for good. */
  readonly endedAt?: number;
}

/** How a try ended. */
export type RunOutcome =
  | { readonly end: "done" }
  /** `isLasting`: no further try can help. */
  | { readonly end: "failed"; readonly error: unknown; readonly isLasting: boolean }
  /** It never began, as another computes the same: no try, and to be looked at again after `delay` milliseconds. */
  | { readonly end: "postponed"; readonly delay: number };

/** Longer messages are cut, in characters. */
const maxMessage = 2_000;

export function isOpen(state: JobState | undefined): state is JobState {
  return state?.state === "pending" || state?.state === "running";
}

/** A job anew, whatever became of it before. */
export function submitted({ task, key }: DeferredJob, now: number): JobState {
  return { task, key, state: "pending", attempts: 0, nextAttemptAt: now };
}

export function isDue({ state, nextAttemptAt = 0 }: JobState, now: number): boolean {
  return state === "pending" && nextAttemptAt <= now;
}

/** A try begins. */
export function begun({ task, key, attempts, error }: JobState): JobState {
  return { task, key, state: "running", attempts: attempts + 1, ...(error && { error }) };
}

/** A try has ended. `chance`: 0 to 1. */
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
  // whole milliseconds, as alarms have them: one that goes off within the very millisecond would find nothing due
  const nextAttemptAt = Math.ceil(now + retryDelay(attempts, retries, chance));
  return { task, key, state: "pending", attempts, error, nextAttemptAt };
}

/** What a try is taken for that was running when its runtime was lost. */
export const interruption: RunOutcome = {
  end: "failed",
  error: { name: "InterruptedError", message: "The runtime was stopped while the task ran" },
  isLasting: false,
};

export function statusOf({ state, attempts, error, nextAttemptAt }: JobState): DeferredStatus {
  return { state, attempts, ...(error && { error }), ...(nextAttemptAt !== undefined && { nextAttemptAt }) };
}

/** From when on nothing has to be known of the job; `undefined` while it has not ended. */
export function forgettableFrom({ endedAt }: JobState, { memory }: ResolvedRetryOptions): number | undefined {
  return endedAt === undefined ? undefined : endedAt + memory;
}

function describe(error: unknown): { name: string; message: string } {
  try {
    const { name, message } = (typeof error === "object" && error !== null ? error : {}) as Partial<Error>;
    if (typeof message !== "string") return { name: "Error", message: cut(show(error)) };
    return { name: typeof name === "string" && name !== "" ? cut(name) : "Error", message: cut(message) };
  } catch {
    // a getter of it threw: that must not keep the try from having ended
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
