import { jobText } from "../peers/peers-table.ts";
import { jobs } from "../peers/peers.ts";
import { operations } from "../scale/scale.ts";
import { type Bar, barChart } from "./bar-chart.ts";
import type { KeptResults } from "./kept-results.ts";
import { lineChart } from "./line-chart.ts";

/** The pictures of docs/performance.md, by the names of their files. */
export function charts(kept: KeptResults): Readonly<Record<string, string>> {
  return {
    "rows.svg": rowsChart(kept),
    "peers.svg": peersChart(kept),
    "memory.svg": memoryChart(kept),
    "scale.svg": scaleChart(kept),
  };
}

function rowsChart({ rows }: KeptResults): string {
  const bars = rows.results
    .filter(({ unit }) => unit === "ns" || unit === "ms")
    .map(({ id, ratio, target, met }): Bar => {
      const note = `${ratio.toFixed(2)}, target ${target}${met ? "" : ", missed"}`;
      return { label: id, value: ratio, mark: target, text: note, kind: met ? "ours" : "missed" };
    });
  return barChart("Time as a multiple of the reference; the line is the target", [{ title: "", bars }]);
}

function peersChart({ peers }: KeptResults): string {
  const groups = Object.entries(jobs).map(([job, title]) => ({
    title,
    bars: peers.results.map(({ peer, jobs: reports }): Bar => {
      const report = reports[job as keyof typeof jobs];
      const runs = report && report.computations > 1 ? `, ${report.computations} computations` : "";
      const kind = peer === "Reprise" ? "ours" : "other";
      return { label: peer, value: report?.milliseconds, text: jobText(report) + runs, kind };
    }),
  }));
  return barChart("Five jobs beside other libraries, in milliseconds", groups);
}

function memoryChart({ rows }: KeptResults): string {
  const groups = rows.results
    .filter(({ unit }) => unit === "MB")
    .map(({ id, ours, reference, met, referenceName }) => ({
      title: id,
      bars: [
        { label: "Reprise", value: ours, text: `${ours.toFixed(0)} MB`, kind: met ? "ours" : "missed" },
        { label: referenceName, value: reference, text: `${reference.toFixed(0)} MB`, kind: "other" },
      ] satisfies Bar[],
    }));
  return barChart("Growth of Chromium's memory at its peak", groups);
}

function scaleChart({ scale }: KeptResults): string {
  const series = Object.entries(operations).map(([operation, label]) => ({
    label,
    points: scale.results
      .filter((result) => result.operation === operation)
      .map(({ count, milliseconds }) => [count, milliseconds] as const),
  }));
  return lineChart("Time of an operation by the number of records in IndexedDB", "ms", series);
}
