import { type HotKeyOptions, type HotKeyReport, simulateHotKey } from "./hot-key.ts";
import { markdown } from "../markdown-tables.ts";
import { amount } from "./tables.ts";
import type { CallName } from "./world.ts";

const month = 30 * 86_400_000;
const regular = { regions: 20, isolates: 5, rate: 100, duration: 90_000, computing: 10_000, expiresIn: month };
const burst = { regions: 100, rate: 4_000, duration: 1_000, computing: 25_000, expiresIn: month };

/** A new result now and then, as somebody computes it anew, at times that fit no lifetime. */
const changing = { ...regular, rate: 40, duration: 2_000_000, refreshEvery: 277_000 };

/** What one key goes through; times are milliseconds. */
export const scenes = {
  /** 100 isolates, and nothing that ends. */
  calm: regular,
  /** The same, ten times as often. */
  busy: { ...regular, rate: 1_000 },
  /** The record ends after two minutes. */
  expiring: { ...regular, duration: 400_000, expiresIn: 120_000 },
  /** The record would end after four minutes, and is computed anew every two. */
  refreshed: { ...regular, duration: 400_000, expiresIn: 240_000, refreshEvery: 120_000 },
  /** The copy in KV ends after two minutes; the record does not. */
  lapsing: { ...regular, duration: 400_000, copyTtl: 120_000 },
  /** All isolates miss within a second, and it takes 25 s to compute. */
  burst100: { ...burst, isolates: 1 },
  burst1000: { ...burst, isolates: 10 },
  burst2000: { ...burst, isolates: 20 },
  /** The platform refuses a call that would have to wait for half a second. */
  refused: { ...burst, isolates: 10, computing: 5_000, patience: 500 },
  changing,
  /** The same with copies in each data centre. */
  nearMinute: { ...changing, dataCenterTtl: 60_000 },
  nearTenMinutes: { ...changing, dataCenterTtl: 600_000 },
  /** The same behind a cache in front of the Worker. */
  frontMinute: { ...changing, maxAge: 60_000 },
  frontTenMinutes: { ...changing, maxAge: 600_000 },
  /** Computing fails. */
  failing: { ...burst, regions: 10, isolates: 2, rate: 1_000, computing: 2_000, fails: true },
} as const satisfies Record<string, HotKeyOptions>;

/** Seconds from and until which nothing happens in the first two scenes but hits: a minute, in which memory fills once. */
const hits = [30, 90] as const;

export type SceneName = keyof typeof scenes;
export type Scenes = Readonly<Record<SceneName, HotKeyReport>>;

/** Each in turn: they all bend the time of this process. */
export async function playScenes(): Promise<Scenes> {
  const reports: Partial<Record<SceneName, HotKeyReport>> = {};
  for (const [name, options] of Object.entries(scenes)) reports[name as SceneName] = await simulateHotKey(options);
  return reports as Scenes;
}

/** The tables of docs/scaling.md that are simulated. */
export function sceneTables(played: Scenes): Record<string, string> {
  return {
    hits: hitsTable(played),
    stampede: stampedeTable(played),
    ends: endsTable(played),
    caches: cachesTable(played),
  };
}

function hitsTable({ calm, busy }: Scenes): string {
  const names = ["calls", "kvReads", "r2Reads", "lockCalls"] as const;
  return markdown([
    ["calls a second for one key", "KV reads a second", "R2 reads", "calls to the lock object"],
    ...[calm, busy].map(({ meter }) => names.map((name) => amount(meter.rate(name, ...hits)))),
  ]);
}

function stampedeTable({ burst100, burst1000, burst2000 }: Scenes): string {
  return byScene(
    [burst100, burst1000, burst2000],
    [
      ["isolates that miss within a second", ({ places }) => amount(places)],
      ["computations", ({ computations }) => amount(computations)],
      ["calls to the lock object in the 25 s", ({ meter }) => amount(meter.total("lockCalls"))],
      ["in its busiest second", ({ meter }) => amount(meter.peak("lockCalls"))],
      ["the longest that a call waited for its turn", ({ longestQueue }) => seconds(longestQueue)],
      ["R2 reads in the busiest second", ({ meter }) => amount(meter.peak("r2Reads"))],
      ["the last answer, after the value was there", ({ longestAnswer }) => seconds(longestAnswer - burst.computing)],
    ],
  );
}

const titles = [
  "record expires, three times",
  "refreshed before it does, three times",
  "copy lapses, three times",
  "lock object refuses",
  "computing fails",
];

function endsTable({ expiring, refreshed, lapsing, refused, failing }: Scenes): string {
  return byScene(
    [expiring, refreshed, lapsing, refused, failing],
    [
      ["", (_, index) => titles[index]!],
      ["isolates", ({ places }) => amount(places)],
      ["computations", ({ computations }) => amount(computations)],
      ["at the same time", ({ mostAtOnce }) => amount(mostAtOnce)],
      ["calls to the lock object", ({ meter }) => amount(meter.total("lockCalls"))],
      ["R2 reads", ({ meter }) => amount(meter.total("r2Reads"))],
      ["R2 writes tried, refused", ({ meter }) => tried(meter.total("r2Writes"), meter.total("r2Refusals"))],
      ["KV writes tried, refused", ({ meter }) => tried(meter.total("kvWrites"), meter.total("kvRefusals"))],
      ["longest answer", ({ longestAnswer }) => seconds(longestAnswer)],
    ],
  );
}

/** Seconds of the scenes with caches after those in which the first result was computed. */
const settled = [60, 2_000] as const;

function cachesTable({ changing: plain, nearMinute, nearTenMinutes, frontMinute, frontTenMinutes }: Scenes): string {
  const copies = "`dataCenterCopies`";
  const names = ["KV copies", `${copies}, 1 min`, `${copies}, 10 min`, "`maxAge` 1 min", "`maxAge` 10 min"];
  const rate = (name: CallName) => (report: HotKeyReport) => amount(report.meter.rate(name, ...settled));
  return byScene(
    [plain, nearMinute, nearTenMinutes, frontMinute, frontTenMinutes],
    [
      ["", (_, index) => names[index]!],
      ["requests a second", rate("calls")],
      ["runs of the Worker a second", rate("runs")],
      ["KV reads a second", rate("kvReads")],
      ["looks into the Cache API a second", rate("cacheReads")],
      ["R2 reads", ({ meter }) => amount(meter.total("r2Reads"))],
      ["an old result was served for at most", ({ longestStale }) => `${Math.round(longestStale / 1_000)} s`],
    ],
  );
}

function byScene(
  reports: readonly HotKeyReport[],
  rows: readonly [string, (report: HotKeyReport, index: number) => string][],
): string {
  return markdown(rows.map(([name, cell]) => [name, ...reports.map(cell)]));
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

const tried = (all: number, refused: number): string => `${amount(all)}, ${amount(refused)}`;
