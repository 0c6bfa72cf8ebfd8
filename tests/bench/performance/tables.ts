import { jobText, kilobytes } from "../peers/peers-table.ts";
import { jobs, type PeerResult } from "../peers/peers.ts";
import { scaleTable } from "../scale/scale-table.ts";
import { markdown } from "../markdown-tables.ts";
import { round } from "../table.ts";
import { type BenchResult, targets } from "../targets.ts";
import type { KeptResults } from "./kept-results.ts";

/** The tables of docs/performance.md, by their names in its comments. */
export function tables({ rows, peers, scale }: KeptResults): Readonly<Record<string, string>> {
  const { results } = rows;
  const ofUnit = (...units: BenchResult["unit"][]) => results.filter(({ unit }) => units.includes(unit));
  return {
    machine: machineTable({ rows, peers, scale }),
    totals: totalsTable(results),
    rows: rowsTable(ofUnit("ns", "ms")),
    jobs: jobsTable(peers.results),
    computations: computationsTable(peers.results),
    memory: rowsTable(ofUnit("MB")),
    scale: markdown(scaleTable(scale.results)),
    sizes: rowsTable(ofUnit("B")),
  };
}

function machineTable(kept: KeptResults): string {
  const machines = [kept.rows, kept.peers, kept.scale].map(({ machine }) => machine);
  const row = (title: string, cell: (machine: (typeof machines)[number]) => string | number) => [
    title,
    ...machines.map((machine) => String(cell(machine))),
  ];
  return markdown([
    ["", "targets, memory, sizes", "other libraries", "many records"],
    row("measured on", ({ date }) => date),
    row("processor", ({ processor }) => processor),
    row("cores", ({ cores }) => cores),
    row("memory", ({ gigabytes }) => `${gigabytes} GiB`),
    row("platform", ({ platform }) => platform),
    row("Chromium", ({ chromium }) => chromium),
    row("Node", ({ node }) => node),
  ]);
}

function totalsTable(results: readonly BenchResult[]): string {
  const kinds = { time: ["ns", "ms"], memory: ["MB"], size: ["B"] };
  const rows = Object.entries(kinds).map(([kind, units]) => {
    const own = results.filter(({ unit }) => units.includes(unit));
    const missed = own.filter(({ met }) => !met).map(({ id }) => `\`${id}\``);
    return [kind, `${own.length - missed.length} of ${own.length}`, missed.join(", ") || "none"];
  });
  return markdown([["", "met", "missed"], ...rows]);
}

function rowsTable(results: readonly BenchResult[]): string {
  const rows = results.map(({ id, ours, reference, unit, referenceName, ratio, target, met }) => [
    `${targets.find((known) => known.id === id)?.work} (\`${id}\`)`,
    `${round(ours)} ${unit}`,
    referenceName,
    `${round(reference)} ${unit}`,
    ratio.toFixed(2),
    String(target),
    met ? "met" : "**missed**",
  ]);
  return markdown([["work", "Reprise", "reference", "its own", "ratio", "target", ""], ...rows]);
}

function jobsTable(results: readonly PeerResult[]): string {
  return markdown([
    ["", ...results.map(({ peer }) => peer)],
    ...Object.entries(jobs).map(([job, title]) => [
      title,
      ...results.map((result) => jobText(result.jobs[job as keyof typeof jobs])),
    ]),
  ]);
}

function computationsTable(results: readonly PeerResult[]): string {
  const row = (title: string, cell: (result: PeerResult) => string) => [title, ...results.map(cell)];
  return markdown([
    ["", ...results.map(({ peer }) => peer)],
    row("computations for 100 calls", (result) => String(result.jobs.atOnce?.computations)),
    row("computations for two tabs", (result) => String(result.jobs.twoTabs?.computations)),
    row("gzipped bundle", ({ bytes }) => kilobytes(bytes)),
  ]);
}
