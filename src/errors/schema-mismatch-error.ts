import { RepriseError } from "./reprise-error.ts";

/** The result of a record does not fit the requested schema. The record is left unchanged. */
export class SchemaMismatchError extends RepriseError {
  override readonly name = "SchemaMismatchError";
  override readonly code = "SCHEMA_MISMATCH";
}
