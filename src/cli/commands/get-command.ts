import { writeFile } from "node:fs/promises";
import { inspect } from "node:util";
import type { Command } from "commander";
import { ResultRecord } from "../../core/context/built-in-serializers.ts";
import { isSameValue } from "../../core/record/is-same-value.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { RecordNotFoundError } from "../../errors/index.ts";
import { metadataToJson } from "../../http/requests/protocol.ts";
import { note, print, printable, printJson, printTable } from "../terminal/output.ts";
import { formatBytes, formatDuration, formatFreshness, freshnessAt } from "../terminal/units.ts";
import { addApiCommand, type ApiOptions, openStorage } from "./api-command.ts";

interface GetOptions extends ApiOptions {
  readonly output?: string;
}

export function addGetCommand(program: Command): void {
  addApiCommand(program, "get <key>", "print a record: its metadata and its value", "reprise get maps/oslo")
    .option("-o, --output <file>", "write the bytes of the record into a file instead")
    .action(get);
}

async function get(key: string, options: GetOptions): Promise<void> {
  const stored = await openStorage(options).read(key);
  if (!stored) throw new RecordNotFoundError(`There is no record "${key}"`, { key });
  const { bytes, etag } = stored;
  if (options.output !== undefined) {
    await writeFile(options.output, bytes);
    if (options.json) printJson({ file: options.output, bytes: bytes.length });
    else note(`Wrote ${formatBytes(bytes.length)} to ${options.output}`);
    return;
  }
  const record = await ResultRecord.deserialize(bytes, { key });
  const metadata = { ...record.metadata, etag };
  if (options.json) {
    const freshness = freshnessAt(metadata, Date.now());
    printJson({ ...metadataToJson(metadata), freshness, ...valueFields(record.result) });
    return;
  }
  printMetadata(metadata);
  print(`\n${valueText(record.result)}`);
}

function printMetadata(metadata: ResultRecordMetadata): void {
  const { storageKey, size = 0, createdAt, expiration, tags = [], serializer, libraryVersion, isError } = metadata;
  const now = Date.now();
  const rows = [
    ["key", storageKey],
    ["size", formatBytes(size)],
    ["created", `${createdAt.toISOString()}, ${formatDuration(now - createdAt.getTime())} ago`],
    ["expires", expiration?.toISOString() ?? "never"],
    ["freshness", formatFreshness(metadata, now)],
    ["tags", tags.join(", ")],
    ["serializer", serializer.type],
    ["written by", `reprise ${libraryVersion}`],
    ["error", isError ? "the computation threw this value" : ""],
  ];
  printTable(rows.filter(([, text]) => text !== ""));
}

/** Whether JSON carries the value unchanged. */
function isJson(value: unknown): boolean {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text !== undefined && isSameValue(JSON.parse(text), value);
  } catch {
    return false;
  }
}

/** `inspected` stands for a value that JSON doesn't carry. */
function valueFields(value: unknown): { value: unknown } | { inspected: string } {
  return isJson(value) ? { value } : { inspected: toText(value) };
}

function valueText(value: unknown): string {
  return printable(isJson(value) ? JSON.stringify(value, null, 2) : toText(value));
}

function toText(value: unknown): string {
  return inspect(value, { depth: 10, maxArrayLength: 100, maxStringLength: 10_000 });
}
