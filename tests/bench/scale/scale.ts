import { BenchBrowser } from "../browser/bench-browser.ts";
import type { OperationReport } from "./scale-page.ts";

/** In the order in which they run and are shown. */
export const operations = {
  open: "open, until the first hit",
  hit: "a hit",
  list: "list all records",
  sweep: "sweep, a tenth has expired",
  expire: "expire a prefix, a tenth of all",
  delete: "delete a prefix, a tenth of all",
  deleteAll: "delete all that is left, by a prefix",
} as const;

export const counts = [1_000, 10_000, 100_000] as const;

export interface ScaleResult extends OperationReport {
  readonly operation: keyof typeof operations;
  /** Records in IndexedDB. */
  readonly count: number;
}

const page = "scale/scale-page.ts";

export async function measureScale(): Promise<ScaleResult[]> {
  await using browser = await BenchBrowser.launch();
  const results: ScaleResult[] = [];
  for (const count of counts) {
    console.error(`${count.toLocaleString("en")} records …`);
    {
      await using filling = await browser.openPage(page);
      await filling.call("fill", count);
    }
    await using tab = await browser.openPage(page);
    for (const name of Object.keys(operations)) {
      const report = await tab.call<OperationReport>("operate", { name, count });
      results.push({ operation: name as keyof typeof operations, count, ...report });
    }
  }
  return results;
}
