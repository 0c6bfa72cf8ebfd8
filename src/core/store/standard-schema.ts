import { SchemaMismatchError } from "../../errors/index.ts";
import type { ResultRecord } from "../record/result-record.ts";

/**
 * The part of Standard Schema that is needed to check a result; zod, valibot, arktype and others have it.
 * Source: https://standardschema.dev
 */
export interface StandardSchema {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    validate(value: unknown): SchemaResult | Promise<SchemaResult>;
  };
}

type SchemaResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** Rejects with `SchemaMismatchError`; throws what asking for the result throws. */
export async function assertSchema(record: ResultRecord, schema: StandardSchema | undefined): Promise<void> {
  const { result } = record;
  const outcome = schema && (await schema["~standard"].validate(result));
  if (!outcome?.issues) return;
  const key = record.metadata.storageKey;
  const issues = outcome.issues.map(({ message }) => message).join("; ");
  throw new SchemaMismatchError(`The result of "${key}" does not fit the schema: ${issues}`, { key });
}
