import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { markdown } from "../bench/scaling-tables.ts";
import { withTables } from "../bench/scaling-document.ts";
import { projectRoot } from "../bench/sizes.ts";
import type { TrialKind } from "./trial.ts";

type Counts = Partial<Record<TrialKind, number>>;

/** What the last long run tried; scripts/trials-reporter.mjs writes it. */
interface LongRun {
  readonly date: string;
  readonly seed: number;
  readonly engines: readonly string[];
  readonly tried: Counts;
  readonly trials: readonly {
    readonly name: string;
    readonly file: string;
    readonly engine: string;
    readonly tried: Counts;
    /** What a load test measured. */
    readonly load?: Readonly<Record<string, number>>;
  }[];
}

const path = join(projectRoot, "docs/reliability.md");

/** docs/reliability.md as it is, and as the numbers of the last long run would have it. */
export async function reliabilityDocument(): Promise<{ written: string; drawn: string }> {
  const run = JSON.parse(await readFile(join(projectRoot, "docs/reliability.json"), "utf8")) as LongRun;
  const written = await readFile(path, "utf8");
  return {
    written,
    drawn: withTables(written, { totals: totalsTable(run), trials: trialsTable(run), load: loadTable(run) }),
  };
}

function totalsTable({ date, engines, tried }: LongRun): string {
  const rows = Object.entries(tried).map(([kind, count]) => [kind, count.toLocaleString("en")]);
  return markdown([[date, "tried"], ...rows, [`engines: ${engines.join(", ")}`, String(engines.length)]]);
}

function trialsTable({ trials }: LongRun): string {
  const byTest = Map.groupBy(trials, ({ file, name }) => `[${name}](../${file})`);
  const rows = [...byTest].map(([test, runs]) => [test, enginesOf(runs), triedIn(runs)]);
  return markdown([["test", "engines", "tried"], ...rows]);
}

function enginesOf(runs: LongRun["trials"]): string {
  return [...new Set(runs.map(({ engine }) => engine))].join(", ");
}

function triedIn(runs: LongRun["trials"]): string {
  const kinds = Object.keys(runs[0]!.tried) as TrialKind[];
  const sum = (kind: TrialKind) => runs.reduce((total, { tried }) => total + (tried[kind] ?? 0), 0);
  return kinds.map((kind) => `${sum(kind).toLocaleString("en")} ${kind}`).join(", ");
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

function loadTable({ trials }: LongRun): string {
  const loads = trials.flatMap(({ load }) => (load ? [load] : []));
  const rows = Object.entries(measured).map(([name, title]) => [
    title,
    ...loads.map((load) => load[name]?.toLocaleString("en") ?? ""),
  ]);
  return markdown([["under load", ...loads.map(() => "")], ...rows]);
}

if (process.argv[1] === import.meta.filename) await writeFile(path, (await reliabilityDocument()).drawn);
