/** The result files of Python's Prefect, so that a flow and a Worker or a page can share results through one bucket. */
export {
  type PrefectRecordParts,
  readPrefectRecord,
  writePrefectRecord,
  writePrefectRecordParts,
} from "./prefect-record.ts";
