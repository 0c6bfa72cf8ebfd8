import { round } from "../table.ts";
import type { JobReport } from "./peer-page.ts";
import { jobs, type PeerResult } from "./peers.ts";

/** A row for each library: milliseconds, and the number of computations where it is not one for all. */
export function peersTable(results: readonly PeerResult[]): string[][] {
  const rows = results.map(({ peer, bytes, jobs: reports }) => {
    const times = Object.keys(jobs).map((job) => jobText(reports[job as keyof typeof jobs]));
    return [
      peer,
      ...times,
      String(reports.atOnce?.computations),
      String(reports.twoTabs?.computations),
      kilobytes(bytes),
    ];
  });
  return [["", ...Object.values(jobs), "computations, 100 calls", "computations, two tabs", "bundle"], ...rows];
}

export function jobText(report: JobReport | null): string {
  return report === null ? "no" : `${round(report.milliseconds)} ms`;
}

export function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}
