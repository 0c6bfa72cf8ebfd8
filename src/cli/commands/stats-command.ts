import type { Command } from "commander";
import { listAll } from "../../core/archive/export-records.ts";
import type { ResultStorage } from "../../core/storages/result-storage.ts";
import { printJson, printTable } from "../terminal/output.ts";
import { countWhile } from "../terminal/progress.ts";
import { formatBytes, freshnessAt } from "../terminal/units.ts";
import { addApiCommand, type ApiOptions, openStorage } from "./api-command.ts";

export function addStatsCommand(program: Command): void {
  addApiCommand(
    program,
    "stats [prefix]",
    "count the records and their bytes by the next part of their keys",
    "reprise stats maps/",
  ).action(showStats);
}

interface Group {
  records: number;
  /** Of the results, without their metadata. */
  bytes: number;
  fresh: number;
  stale: number;
  expired: number;
}

async function showStats(prefix: string | undefined, options: ApiOptions): Promise<void> {
  const groups = await countGroups(openStorage(options), prefix ?? "");
  const total = createGroup();
  for (const group of groups.values()) {
    for (const name of Object.keys(total) as (keyof Group)[]) total[name] += group[name];
  }
  const sorted = [...groups].sort(([, one], [, other]) => other.bytes - one.bytes);
  if (options.json) {
    printJson({ ...total, prefixes: sorted.map(([name, group]) => ({ prefix: name, ...group })) });
    return;
  }
  printTable(
    [
      ["RECORDS", "SIZE", "FRESH", "STALE", "EXPIRED", "PREFIX"],
      ...sorted.map(([name, group]) => toRow(name, group)),
      toRow("(all)", total),
    ],
    [0, 1, 2, 3, 4],
  );
}

function toRow(name: string, { records, bytes, fresh, stale, expired }: Group): string[] {
  return [...[records, formatBytes(bytes), fresh, stale, expired].map(String), name];
}

function createGroup(): Group {
  return { records: 0, bytes: 0, fresh: 0, stale: 0, expired: 0 };
}

async function countGroups(storage: ResultStorage, prefix: string): Promise<Map<string, Group>> {
  const groups = new Map<string, Group>();
  for await (const metadata of countWhile("Counting", listAll(storage, { prefix }))) {
    const name = groupOf(metadata.storageKey, prefix);
    const group = groups.get(name) ?? createGroup();
    groups.set(name, group);
    group.records++;
    group.bytes += metadata.size ?? 0;
    group[freshnessAt(metadata, Date.now())]++;
  }
  return groups;
}

/** The key up to the first separator after the prefix. */
function groupOf(key: string, prefix: string): string {
  const part = /^[^/:]*[/:]/.exec(key.slice(prefix.length))?.[0];
  return part === undefined ? prefix || "(no separator)" : prefix + part;
}
