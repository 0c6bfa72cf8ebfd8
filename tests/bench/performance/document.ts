import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../../scripts/processes.mjs";
import { withTables } from "../markdown-tables.ts";
import { charts } from "./charts.ts";
import { folder, readResults } from "./kept-results.ts";
import { tables } from "./tables.ts";

export interface DrawnFile {
  readonly path: string;
  readonly written: string;
  /** What it would be, drawn from the kept results. */
  readonly drawn: string;
}

/** docs/performance.md and its pictures. */
export async function performanceFiles(): Promise<DrawnFile[]> {
  const kept = await readResults();
  const path = join(projectRoot, "docs/performance.md");
  const text = await readFile(path, "utf8");
  const pictures = Object.entries(charts(kept)).map(async ([name, drawn]) => {
    const picture = join(folder, name);
    return { path: picture, written: await readFile(picture, "utf8").catch(() => ""), drawn };
  });
  return [{ path, written: text, drawn: withTables(text, tables(kept)) }, ...(await Promise.all(pictures))];
}

export async function drawPerformance(): Promise<void> {
  for (const { path, drawn } of await performanceFiles()) await writeFile(path, drawn);
}
