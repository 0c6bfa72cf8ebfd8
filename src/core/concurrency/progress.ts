import { InvalidArgumentError } from "../../errors/index.ts";

/** The maximum length of a note, in characters. */
export const maxNoteLength = 256;

/** How far a computation is. */
export interface Progress {
  /** The share of the work that is done, from 0 to 1. */
  readonly fraction: number;
  /** A short text, such as the name of the step. */
  readonly note?: string | undefined;
}

/** Hears how far a computation is. */
export type ProgressListener = (progress: Progress) => void;

/** Tells how far a computation is: a share of 0 to 1, and a note of at most 256 characters. */
export type ReportProgress = (fraction: number, note?: string) => void;

/** Throws `InvalidArgumentError` unless `value` is a progress. Returns a copy. */
export function checkedProgress(value: unknown, key?: string): Progress {
  const progress = toProgress(value);
  if (progress) return progress;
  const message = `A progress has a fraction of 0 to 1, and may have a note of at most ${maxNoteLength} characters`;
  throw new InvalidArgumentError(message, { key });
}

/** A copy of `value` if it is a progress, for values that come from users or from elsewhere. */
export function toProgress(value: unknown): Progress | undefined {
  const { fraction, note } = Object(value) as Partial<Progress>;
  if (typeof fraction !== "number" || !(fraction >= 0 && fraction <= 1)) return undefined;
  if (note === undefined) return { fraction };
  return typeof note === "string" && note.length <= maxNoteLength ? { fraction, note } : undefined;
}
