import { SchemaMismatchError } from "../../errors/index.ts";
import type { ResultRecord } from "../record/result-record.ts";

/**
 * The part of Standard Schema that checks a result. zod, valibot, arktype and others implement it.
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

/** Rejects with `SchemaMismatchError`, or with the error of reading the result. */
export async function assertSchema(record: ResultRecord, schema: StandardSchema | undefined): Promise<void> {
  const { result } = record;
  const outcome = schema && (await schema["~standard"].validate(result));
  if (!outcome?.issues) return;
  const key = record.metadata.storageKey;
  const issues = outcome.issues.map(({ message }) => message).join("; ");
  throw new SchemaMismatchError(`The result of "${key}" does not fit the schema: ${issues}`, { key });
}
