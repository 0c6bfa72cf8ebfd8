import { RepriseError } from "./reprise-error.ts";

/** A record whose result does not fit the schema that was asked for. The record is left as it is. */
export class SchemaMismatchError extends RepriseError {
  override readonly name = "SchemaMismatchError";
  override readonly code = "SCHEMA_MISMATCH";
}
