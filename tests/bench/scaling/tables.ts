import { markdown } from "../markdown-tables.ts";
import { assumptions, type Caches, costOf, type CostReport, type Rates, traffics } from "./costs.ts";
import { type Billed, limits } from "./limits.ts";

/** The tables of docs/scaling.md that are computed, by their names in its comments. */
export function costTables(): Record<string, string> {
  const reports = traffics.map((traffic) => costOf(traffic));
  return {
    traffic: trafficTable(reports),
    calls: callsTable(reports),
    costs: costsTable(reports),
    hottest: hottestTable(reports),
    savings: savingsTable(),
    answered: answeredTable(),
  };
}

type Row = [string, (report: CostReport) => string];

function trafficTable(reports: readonly CostReport[]): string {
  return byTraffic(reports, [
    ["keys in use", ({ traffic }) => amount(traffic.keys)],
    ["data centres asking, all alike", ({ traffic }) => amount(traffic.regions)],
    ["isolates in each", ({ traffic }) => amount(traffic.isolates)],
    ["requests a second for one isolate", ({ rates, traffic }) => amount(rates.requests / placesOf(traffic))],
  ]);
}

function callsTable(reports: readonly CostReport[]): string {
  const perDay =
    (of: (rates: Rates) => number): Row[1] =>
    ({ rates }) =>
      amount(of(rates) * 86_400);
  return byTraffic(reports, [
    ["answered from memory", ({ rates }) => percent(1 - rates.kvReads / rates.requests)],
    ["answered from KV", ({ rates }) => percent((rates.kvReads - rates.kvWrites) / rates.requests)],
    ["answered from R2", ({ rates }) => percent((rates.kvWrites - rates.computations) / rates.requests)],
    ["computed", ({ rates }) => percent(rates.computations / rates.requests)],
    ["KV reads a day", perDay(({ kvReads }) => kvReads)],
    ["KV writes a day", perDay(({ kvWrites }) => kvWrites)],
    ["R2 reads a day", perDay(({ r2Reads }) => r2Reads)],
    ["R2 writes a day", perDay(({ computations }) => computations)],
    ["calls to lock objects a day", perDay(({ objectCalls }) => objectCalls)],
    ["their alarms a day", perDay(({ objectAlarms }) => objectAlarms)],
  ]);
}

function costsTable(reports: readonly CostReport[]): string {
  const sum =
    (...names: Billed[]): Row[1] =>
    ({ costs }) =>
      dollars(names.reduce((total, name) => total + costs[name], 0));
  return byTraffic(reports, [
    ["Worker: requests, CPU", sum("workerRequests", "workerCpuMilliseconds")],
    ["KV reads", sum("kvReads")],
    ["KV writes", sum("kvWrites")],
    ["R2 reads", sum("r2Reads")],
    ["R2 writes", sum("r2Writes")],
    ["kept in R2 and KV", sum("r2Bytes", "kvBytes")],
    ["lock objects: requests, duration, rows", sum("objectRequests", "objectGigabyteSeconds", "objectRowsWritten")],
    ["**all, with the plan**", ({ total }) => `**${dollars(total)}**`],
    ['the same with `copyTtl: "1d"`', ({ traffic }) => dollars(costOf(traffic, { copyTtl: 86_400 }).total)],
    ["for a million requests", ({ total, rates }) => `$${(total / ((rates.requests * 86_400 * 30) / 1e6)).toFixed(2)}`],
  ]);
}

function hottestTable(reports: readonly CostReport[]): string {
  return byTraffic(reports, [
    ["requests a second for the hottest key", ({ hottest }) => amount(hottest.requests)],
    ["of them KV reads", ({ hottest }) => amount(hottest.kvReads)],
    ["its lock object's calls in the second after it has expired", ({ hottestStampede }) => amount(hottestStampede)],
    ["keys with more of them than 1,000", ({ keysBeyondObject }) => amount(keysBeyondObject)],
    ["keys whose lapsed copy is put by several at once", ({ keysBeyondKv }) => amount(keysBeyondKv)],
  ]);
}

const [minute, hour] = [60, 3_600];

/** Caches that a Worker can have beside its KV copies of an hour. */
const setups: readonly (readonly [string, Caches])[] = [
  ["KV copies alone", {}],
  ["`dataCenterCopies` for a minute", { dataCenterTtl: minute }],
  ["`dataCenterCopies` for an hour", { dataCenterTtl: hour }],
  ['`publicResults`, `maxAge: "1m"`', { maxAge: minute }],
  ['`publicResults`, `maxAge: "1h"`', { maxAge: hour }],
  ["both, an hour each", { dataCenterTtl: hour, maxAge: hour }],
  ['`maxAge: "1h"`, and `copyTtl: "1d"` for KV', { maxAge: hour, copyTtl: 24 * hour }],
];

/** Minutes for which an old result may be served elsewhere: by memory, KV's cache, the data centre, and twice `maxAge` in front. */
export function stalestOf({ dataCenterTtl = 0, maxAge = 0 }: Caches): number {
  return (assumptions.memoryAge + limits.kvStaleness / 1_000 + dataCenterTtl + 2 * maxAge) / 60;
}

function savingsTable(): string {
  return markdown([
    ["", "an old result is served for at most", ...traffics.map(({ name }) => name)],
    ...setups.map(([name, caches]) => [
      name,
      `${stalestOf(caches)} min`,
      ...traffics.map((traffic) => dollars(costOf(traffic, caches).total)),
    ]),
  ]);
}

/** Of 100 M requests a day. */
function answeredTable(): string {
  const columns: [string, (rates: Rates) => number][] = [
    ["in front of the Worker", ({ requests, runs }) => requests - runs],
    ["memory", ({ runs, looks }) => runs - looks],
    ["data centre", ({ looks, kvReads }) => Math.max(0, looks - kvReads)],
    ["KV", ({ kvReads, kvWrites }) => kvReads - kvWrites],
    ["R2", ({ kvWrites, computations }) => kvWrites - computations],
    ["computed", ({ computations }) => computations],
  ];
  return markdown([
    ["", ...columns.map(([name]) => name)],
    ...setups.map(([name, caches]) => {
      const { rates } = costOf(traffics[1]!, caches);
      return [name, ...columns.map(([, of]) => percent(of(rates) / rates.requests))];
    }),
  ]);
}

const placesOf = ({ regions, isolates }: CostReport["traffic"]): number => regions * isolates;

function byTraffic(reports: readonly CostReport[], rows: readonly Row[]): string {
  return markdown([
    ["", ...reports.map(({ traffic }) => traffic.name)],
    ...rows.map(([name, cell]) => [name, ...reports.map(cell)]),
  ]);
}

/** Two digits that count, and a unit. */
export function amount(value: number): string {
  for (const [size, unit] of [
    [1e9, " G"],
    [1e6, " M"],
    [1e3, " k"],
  ] as const) {
    if (value >= 0.995 * size * (unit === " k" ? 10 : 1)) return `${twoDigits(value / size)}${unit}`;
  }
  return value === 0 ? "0" : twoDigits(value);
}

function twoDigits(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString("en");
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

function dollars(value: number): string {
  return value > 0 && value < 10 ? `$${value.toFixed(2)}` : `$${Number(value.toPrecision(3)).toLocaleString("en")}`;
}
