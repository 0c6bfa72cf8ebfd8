import { round } from "./table.ts";
import type { BenchResult } from "./targets.ts";

export function rowsTable(results: readonly BenchResult[]): string[][] {
  return [["", "ours", "reference", "", "ratio", "target", ""], ...results.map(toRow)];
}

function toRow({ id, ours, reference, unit, referenceName, ratio, target, met }: BenchResult): string[] {
  const [own, other] = [ours, reference].map((value) => `${round(value)} ${unit}`) as [string, string];
  return [id, own, other, referenceName, ratio.toFixed(2), `<= ${target}`, met ? "met" : "MISSED"];
}
