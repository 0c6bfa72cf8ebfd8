import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { markdown, withTables } from "../bench/markdown-tables.ts";
import { projectRoot } from "../bench/sizes/sizes.ts";
import type { TrialKind } from "./trial.ts";

type Counts = Partial<Record<TrialKind, number>>;

interface Trial {
  readonly name: string;
  readonly file: string;
  readonly tried: Counts;
  /** What a load test measured. */
  readonly load?: Readonly<Record<string, number>>;
}

/** What the last long run of a project tried; scripts/trials-reporter.mjs writes it. */
interface LongRun {
  readonly date: string;
  readonly seed: number;
  readonly engine: string;
  readonly tried: Counts;
  readonly trials: readonly Trial[];
}

const path = join(projectRoot, "docs/reliability.md");

/** docs/reliability.md as it is, and as the numbers of the last long run would have it. */
export async function reliabilityDocument(): Promise<{ written: string; drawn: string }> {
  const text = await readFile(join(projectRoot, "docs/reliability.json"), "utf8");
  const runs = Object.entries(JSON.parse(text) as Record<string, LongRun>);
  const trials = runs.flatMap(([, run]) => run.trials.map((trial) => ({ ...trial, engine: run.engine })));
  const written = await readFile(path, "utf8");
  return {
    written,
    drawn: withTables(written, { totals: totalsTable(runs), trials: trialsTable(trials), load: loadTable(trials) }),
  };
}

const kinds: readonly TrialKind[] = ["schedules", "histories", "faults", "inputs", "requests"];

function totalsTable(runs: readonly (readonly [string, LongRun])[]): string {
  const rows = runs.map(([project, { engine, date, seed, tried }]) => [
    project === engine ? project : `${project}, in ${engine}`,
    date,
    String(seed),
    ...countsOf([tried]),
  ]);
  const all = ["all", "", "", ...countsOf(runs.map(([, { tried }]) => tried))];
  return markdown([["tests of", "last run", "seed", ...kinds], ...rows, all]);
}

function countsOf(all: readonly Counts[]): string[] {
  const sum = (kind: TrialKind) => all.reduce((total, tried) => total + (tried[kind] ?? 0), 0);
  return kinds.map((kind) => sum(kind).toLocaleString("en"));
}

type TrialIn = Trial & { readonly engine: string };

function trialsTable(trials: readonly TrialIn[]): string {
  const byTest = Map.groupBy(trials, ({ file, name }) => `[${name}](../${file})`);
  const rows = [...byTest].map(([test, runs]) => [test, enginesOf(runs), triedIn(runs)]);
  return markdown([["test", "engines", "tried"], ...rows]);
}

function enginesOf(runs: readonly TrialIn[]): string {
  return [...new Set(runs.map(({ engine }) => engine))].join(", ");
}

function triedIn(runs: readonly TrialIn[]): string {
  const counts = countsOf(runs.map(({ tried }) => tried));
  return counts.flatMap((count, i) => (count === "0" ? [] : [`${count} ${kinds[i]}`])).join(", ");
}

const measured = {
  clients: "clients",
  seconds: "seconds",
  requests: "requests",
  perSecond: "requests a second",
  p50: "median of an answer, ms",
  p99: "99 of 100 answers within, ms",
  megabytesMidway: "memory of the Worker at half time, MB",
  megabytesAtEnd: "memory of the Worker at the end, MB",
  kilobytesOfNothing: "growth of that memory with each request that does nothing, before the load, kB",
};

function loadTable(trials: readonly TrialIn[]): string {
  const loads = trials.flatMap(({ load }) => (load ? [load] : []));
  const rows = Object.entries(measured).map(([name, title]) => [
    title,
    ...loads.map((load) => load[name]?.toLocaleString("en") ?? ""),
  ]);
  return markdown([["under load", ...loads.map(() => "")], ...rows]);
}

if (process.argv[1] === import.meta.filename) await writeFile(path, (await reliabilityDocument()).drawn);
