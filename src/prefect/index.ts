/** Reads and writes the result files of Python's Prefect, so that a flow and a Worker or page can share one bucket. */
export {
  type PrefectRecordParts,
  type ReadPrefectRecordOptions,
  readPrefectRecord,
  writePrefectRecord,
  writePrefectRecordParts,
} from "./prefect-record.ts";
