import type { InFlightComputation } from "../cache/cached-records.ts";
import type { CallEvents } from "../events/call-events.ts";
import type { ResultSource } from "../events/store-event.ts";
import type { ResolvedFreshness } from "../freshness/freshness.ts";
import type { KeepingMetadata, ResolvedKeeping } from "../freshness/keeping.ts";
import type { Enclosing } from "../locks/enclosing.ts";
import type { ComputeContext, GetOrComputeOptions } from "../options/call-options.ts";
import type { ResultRecord } from "../record/result-record.ts";
import type { ProgressListener } from "../concurrency/progress.ts";
import type { CallSteps, Keep } from "./keep.ts";

/** A call of `getOrCompute`, resolved. */
export interface Computation {
  readonly key: string;
  /** Computes the value. Calls `keep` itself, or not at all. */
  readonly compute: (context: ComputeContext, keep: Keep) => Promise<unknown>;
  readonly options: GetOrComputeOptions;
  readonly steps?: CallSteps | undefined;
  /** Absent if nobody listens. */
  readonly events: CallEvents | undefined;
  readonly freshness: ResolvedFreshness;
  readonly keeping: ResolvedKeeping;
  /** What the caller is inside of. */
  readonly around: readonly Enclosing[];
  /** This computation, for calls inside of it. */
  readonly own: Enclosing;
  /** Creates the record of a computed value. */
  readonly toRecord: (value: unknown, metadata: KeepingMetadata) => ResultRecord;
}

export interface Answer {
  readonly value: unknown;
  readonly source: ResultSource;
  /** Absent if the value was not to be kept. */
  readonly record?: ResultRecord | undefined;
  /** Whether it has expired. */
  readonly isStale?: boolean | undefined;
  /** Whether it has to be computed anew in the background. */
  readonly isDue?: boolean | undefined;
  /** See `StoredRecord`. */
  readonly from?: string | undefined;
  /** Absent: every caller of the key. */
  readonly isFor?: "first caller";
}

/** A computation in flight, as the runner sees it. */
export interface Flight {
  /** Called with an answer for the callers while the computation goes on. */
  readonly answerEarly: (answer: Answer) => void;
  /** Whether a computed value answers before it is kept. */
  readonly answersBeforeKeeping: boolean;
  /** Called when the look was a miss. */
  readonly onMiss: () => void;
  /** Whether the value may still be kept. */
  readonly operation: InFlightComputation;
  /** The answer that callers have got and that it replaces in the background. Absent: it runs for its callers. */
  readonly replaces: Answer | undefined;
  /** Called before the function runs. */
  readonly onBegin: () => void;
  /** Called when it is known how far the computation is, here or elsewhere. */
  readonly onProgress: ProgressListener;
}
