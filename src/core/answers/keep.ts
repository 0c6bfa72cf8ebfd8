import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import type { LookOptions } from "./record-access.ts";

/**
 * Takes the bytes of a computed value at once. `output`: the value for the callers, which a schema may change. `inputs` gives the
 * field of the record's metadata. The returned function keeps them. It rejects if that fails, after an event has reported it.
 * With a `refusal` it fails for that reason, and callers that joined compute for themselves.
 */
export type Keep = (value: unknown, output: unknown, inputs?: InputsOfRecord) => (refusal?: Error) => Promise<void>;

type InputsOfRecord = () => Promise<NonNullable<ResultRecordMetadata["inputs"]>>;

/** The steps of a call that it takes together with other calls. */
export interface CallSteps {
  /** Reads the record, in place of the storage. */
  readonly read: LookOptions["read"];
  /** Called when it has to wait for a computation elsewhere. */
  readonly onWait: () => void;
  /** Called when it has a stale answer, and looks and computes again until `end`. */
  readonly onRefresh: (end: Promise<unknown>) => void;
}
