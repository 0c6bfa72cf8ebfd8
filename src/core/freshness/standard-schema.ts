import { InvalidArgumentError, SchemaMismatchError } from "../../errors/index.ts";
import type { ResultRecord } from "../record/result-record.ts";

/**
 * The part of Standard Schema that checks a result. zod, valibot, arktype and others implement it.
 * Source: https://standardschema.dev
 */
export interface StandardSchema<Output = unknown> {
  /** The interface that every Standard Schema has. `validate` returns the output, or the issues of a value that doesn't fit. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    validate(value: unknown): SchemaResult<Output> | Promise<SchemaResult<Output>>;
  };
}

/** The value of a call: the output of its schema, or the computed value where there is no schema, or one without a type. */
export type ValueOf<T, Output> = unknown extends Output ? T : Output;

/** The checked value, or the reasons why it does not match. */
export type SchemaResult<Output = unknown> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** Throws `InvalidArgumentError` for a given `schema` that is no Standard Schema. */
export function assertSchema(schema: unknown): void {
  if (schema === undefined) return;
  // the schemas of some libraries are functions
  const standard = (schema as StandardSchema | null)?.["~standard"];
  if (typeof standard?.validate === "function") return;
  throw new InvalidArgumentError(
    `schema has to be a Standard Schema, such as one of zod; got ${schema === null ? "null" : typeof schema}`,
  );
}

/** The schema's output for a result. Rejects with `SchemaMismatchError`, or with the error of reading the result. */
export function parseResult({ result, metadata }: ResultRecord, schema: StandardSchema): Promise<unknown> {
  return parseValue(result, schema, metadata.storageKey);
}

/** The schema's output for a value. Rejects with `SchemaMismatchError`, also if the schema itself fails. */
export async function parseValue(value: unknown, schema: StandardSchema, key: string): Promise<unknown> {
  const outcome = await validate(value, schema, key);
  if (!outcome.issues) return outcome.value;
  const issues = outcome.issues.map(({ message }) => message).join("; ");
  throw new SchemaMismatchError(`The result of "${key}" does not fit the schema: ${issues}`, { key });
}

async function validate(value: unknown, schema: StandardSchema, key: string): Promise<SchemaResult> {
  try {
    return await schema["~standard"].validate(value);
  } catch (cause) {
    throw new SchemaMismatchError(`The schema of "${key}" failed: ${String(cause)}`, { key, cause });
  }
}
