import type { BenchBrowser } from "./bench-browser.ts";
import { median } from "../measure.ts";
import type { StampedeReport } from "./stampede-tab.ts";

const tabs = 10;
const callers = 100;
const rounds = 7;
/** Milliseconds that the computation takes. */
const work = 500;

/** When the last of 1,000 callers in 10 tabs had the value, against the time of its only computation. */
export async function measureStampede(browser: BenchBrowser): Promise<{ ours: number; reference: number }> {
  const pages = await Promise.all(Array.from({ length: tabs }, () => browser.openPage()));
  const times: number[] = [];
  // the first round is the warm-up
  for (let round = 0; round <= rounds; round++) {
    const at = Date.now() + 200;
    const order = { key: `round ${round}`, at, callers, work };
    const reports = await Promise.all(pages.map((page) => page.call<StampedeReport>("stampede", order)));
    const runs = reports.reduce((sum, report) => sum + report.runs, 0);
    if (runs !== 1) throw new Error(`${runs} computations instead of 1`);
    if (round > 0) times.push(Math.max(...reports.map(({ lastDone }) => lastDone)) - at);
  }
  await Promise.all(pages.map((page) => page[Symbol.asyncDispose]()));
  return { ours: median(times), reference: work };
}
