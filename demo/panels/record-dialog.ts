import { isRepriseError, type ResultRecord } from "reprise";
import { formatCount, formatError } from "../support/format.ts";

/** A record's metadata and what its result is made of, as text. */
export function describeRecord(record: ResultRecord): string {
  return `metadata ${JSON.stringify(record.metadata, undefined, 2)}\n\nresult ${describeResult(record)}`;
}

function describeResult(record: ResultRecord): string {
  try {
    return describe(record.result);
  } catch (error) {
    // a record of another version or serializer has metadata, but no result
    if (isRepriseError(error)) return formatError(error);
    throw error;
  }
}

function describe(value: unknown): string {
  if (ArrayBuffer.isView(value)) {
    const length = "length" in value ? Number(value.length) : value.byteLength;
    return `${value.constructor.name}(${formatCount(length)})`;
  }
  if (typeof value !== "object" || value === null)
    return typeof value === "bigint" ? `${value}n` : (JSON.stringify(value) ?? "undefined");
  const fields = Object.entries(value).map(([name, field]) => `  ${name}: ${describe(field)}`);
  return `{\n${fields.join("\n")}\n}`;
}
