import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { markdown, withTables } from "../markdown-tables.ts";
import { partCosts, type PartCost } from "./size-parts.ts";
import { integrations, measureIntegration } from "./integration-sizes.ts";
import { measureSize, projectRoot } from "./sizes.ts";
import { type BundleId, sizeTargets } from "../targets.ts";

const path = join(projectRoot, "docs/size.md");

/** Measures the bundles and their parts, writes the tables of docs/size.md, and prints them. */
export async function drawSizes(): Promise<void> {
  const costs = new Map<BundleId, readonly PartCost[]>();
  for (const { id } of sizeTargets) {
    console.error(`${id} …`);
    costs.set(id, await partCosts(id));
  }
  const tables = {
    totals: await totalsTable(),
    integrations: await integrationsTable(),
    own: partsTable(costs, "own"),
    needs: partsTable(costs, "withNeeds"),
  };
  await writeFile(path, withTables(await readFile(path, "utf8"), tables));
  for (const table of Object.values(tables)) console.log(`${table}\n`);
}

/** The sizes that docs/size.md states, by the bundle's id or the name of the integration. */
export async function statedSizes(): Promise<ReadonlyMap<string, number>> {
  const rows = (await readFile(path, "utf8")).matchAll(/^\| `([\w/-]+)` \| ([\d,]+) B /gm);
  return new Map([...rows].map(([, id = "", size = ""]) => [id, Number(size.replaceAll(",", ""))]));
}

async function totalsTable(): Promise<string> {
  const rows = sizeTargets.map(async ({ id, budget }) => {
    const { ours } = await measureSize(id);
    return [`\`${id}\``, `${bytes(ours)} B`, `${bytes(budget)} B`, (ours / budget).toFixed(2)];
  });
  return markdown([["", "size", "budget", "ratio"], ...(await Promise.all(rows))]);
}

async function integrationsTable(): Promise<string> {
  const rows = [...integrations.keys()].map(async (name) => [
    `\`${name}\``,
    `${bytes(await measureIntegration(name))} B`,
  ]);
  return markdown([["entry", "adds"], ...(await Promise.all(rows))]);
}

/** A row for each part and a column for each bundle. The part that costs most in the last bundle comes first. */
function partsTable(costs: ReadonlyMap<BundleId, readonly PartCost[]>, kind: "own" | "withNeeds"): string {
  const byPart = Map.groupBy(
    [...costs].flatMap(([id, parts]) => parts.map((cost) => ({ id, part: cost.part, size: cost[kind] }))),
    ({ part }) => part,
  );
  const rows = [...byPart].map(([part, found]) => ({
    part,
    sizes: [...costs.keys()].map((id) => found.find((cost) => cost.id === id)?.size),
  }));
  rows.sort((a, b) => (b.sizes.at(-1) ?? 0) - (a.sizes.at(-1) ?? 0) || a.part.localeCompare(b.part));
  return markdown([
    ["part", ...[...costs.keys()].map((id) => `\`${id}\``)],
    ...rows.map(({ part, sizes }) => [`\`${part}\``, ...sizes.map((size) => (size === undefined ? "" : bytes(size)))]),
  ]);
}

function bytes(count: number): string {
  return count.toLocaleString("en");
}
