import type { BenchResult } from "./targets.ts";

const headings = ["", "ours", "reference", "", "ratio", "target", ""];

/** Columns that line up in a terminal: names to the left, numbers to the right. */
export function formatTable(results: readonly BenchResult[]): string {
  const rows = [headings, ...results.map(toRow)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isName = (column: number): boolean => column === 0 || column === 3 || column === 6;
  const toLine = (row: readonly string[]): string =>
    row.map((cell, i) => (isName(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
  return rows.map((row) => toLine(row).trimEnd()).join("\n");
}

function toRow({ id, ours, reference, unit, referenceName, ratio, target, met }: BenchResult): string[] {
  return [
    id,
    `${round(ours)} ${unit}`,
    `${round(reference)} ${unit}`,
    referenceName,
    ratio.toFixed(2),
    `<= ${target}`,
    met ? "met" : "MISSED",
  ];
}

/** Three digits, or all that stand before the point. */
function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
