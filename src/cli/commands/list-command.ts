import type { Command } from "commander";
import { listAll } from "../../core/archive/export-records.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { metadataToJson } from "../../http/requests/protocol.ts";
import { note, printJson, printTable } from "../terminal/output.ts";
import { countWhile } from "../terminal/progress.ts";
import { countOf, formatBytes, formatDuration, formatFreshness, freshnessAt } from "../terminal/units.ts";
import { addApiCommand, type ApiOptions, openStorage } from "./api-command.ts";

/** Rows that are aligned together. */
const rowsPerTable = 1_000;

export function addListCommand(program: Command): void {
  addApiCommand(
    program,
    "ls [prefix]",
    "list the records, or those whose key begins with a prefix",
    "reprise ls maps/",
  ).action(list);
}

async function list(prefix: string | undefined, options: ApiOptions): Promise<void> {
  const storage = openStorage(options);
  const headings = ["SIZE", "AGE", "FRESHNESS", "KEY", "TAGS"];
  let rows: string[][] = [headings];
  let [records, bytes] = [0, 0];
  const flush = () => {
    printTable(rows, [0, 1]);
    rows = [];
  };
  for await (const metadata of countWhile("Listing", listAll(storage, { prefix }), { writesRows: true })) {
    const now = Date.now();
    records++;
    bytes += metadata.size ?? 0;
    if (options.json) {
      printJson({ ...metadataToJson(metadata), freshness: freshnessAt(metadata, now) });
      continue;
    }
    rows.push(toRow(metadata, now));
    if (rows.length >= rowsPerTable) flush();
  }
  if (options.json) return;
  if (records > 0 && rows.length > 0) flush();
  note(`${countOf(records, "record")}, ${formatBytes(bytes)}`);
}

function toRow(metadata: ResultRecordMetadata, now: number): string[] {
  const { size, createdAt, storageKey, tags = [] } = metadata;
  return [
    size === undefined ? "?" : formatBytes(size),
    formatDuration(now - createdAt.getTime()),
    formatFreshness(metadata, now),
    storageKey,
    tags.join(", "),
  ];
}
