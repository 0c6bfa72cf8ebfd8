import { round } from "../table.ts";
import { counts, operations, type ScaleResult } from "./scale.ts";

/** A row for each operation: its time for each number of records, then what the page noticed with the largest number. */
export function scaleTable(results: readonly ScaleResult[]): string[][] {
  const largest = counts.at(-1)!;
  const numbers = counts.map((count) => count.toLocaleString("en"));
  const rows = Object.entries(operations).map(([operation, title]) => {
    const reports = results.filter((result) => result.operation === operation);
    const times = counts.map((count) => milliseconds(reports.find((report) => report.count === count)?.milliseconds));
    const { longestTask, longestHit } = reports.find(({ count }) => count === largest) ?? {
      longestTask: 0,
      longestHit: 0,
    };
    return [
      title,
      ...times,
      longestTask > 0 ? milliseconds(longestTask) : "< 50 ms",
      longestHit > 0 ? milliseconds(longestHit) : "-",
    ];
  });
  return [["", ...numbers, `longest task, ${numbers.at(-1)}`, `longest hit meanwhile, ${numbers.at(-1)}`], ...rows];
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? "" : `${round(value)} ms`;
}
