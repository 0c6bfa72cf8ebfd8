import { bundle } from "../browser/served-scripts.ts";
import { BenchBrowser, type BenchPage } from "../browser/bench-browser.ts";
import { median } from "../measure.ts";
import { gzippedSize } from "../sizes/sizes.ts";
import type { JobReport } from "./peer-page.ts";

/** The module of each, by its name. */
const peers = {
  Reprise: "reprise",
  "idb-keyval by hand": "idb-keyval",
  cachified: "cachified",
  "ocache + unstorage": "ocache",
  "TanStack Query": "tanstack-query",
} as const;

/** In the order in which they are shown. */
export const jobs = {
  first: "first kept result",
  reload: "hit after reload",
  atOnce: "100 calls at once",
  twoTabs: "two tabs at once",
  drop: "drop a prefix",
} as const;

type Job = keyof typeof jobs;

export interface PeerResult {
  readonly peer: string;
  /** Gzipped, of the library with the lines that adapt it. */
  readonly bytes: number;
  /** Medians. `null`: the library can't do it. */
  readonly jobs: Readonly<Record<Job, JobReport | null>>;
}

const rounds = 7;
const page = "peers/peer-page.ts";

/** Five jobs with each library, in one Chromium, interleaved. The first round is the warm-up. */
export async function measurePeers(): Promise<PeerResult[]> {
  await using browser = await BenchBrowser.launch();
  const reports = Object.entries(peers).map(([name, module]) => ({ name, module, rounds: [] as Round[] }));
  for (let round = 0; round <= rounds; round++) {
    console.error(`round ${round} of ${rounds} …`);
    for (const report of reports) {
      const measured = await playRound(browser, `/module/peers/${report.module}.ts`);
      if (round > 0) report.rounds.push(measured);
    }
  }
  return await Promise.all(
    reports.map(async ({ name, module, rounds: played }) => ({
      peer: name,
      bytes: gzippedSize(await bundle(`peers/${module}.ts`, "esm")),
      jobs: Object.fromEntries(
        Object.keys(jobs).map((job) => [job, medianOf(played, job as Job)]),
      ) as PeerResult["jobs"],
    })),
  );
}

type Round = Readonly<Record<Job, JobReport | null>>;

function medianOf(played: readonly Round[], job: Job): JobReport | null {
  const reports = played.map((round) => round[job]).filter((report) => report !== null);
  if (reports.length === 0) return null;
  const of = (name: keyof JobReport): number => median(reports.map((report) => report[name]));
  return { milliseconds: of("milliseconds"), computations: of("computations") };
}

async function playRound(browser: BenchBrowser, module: string): Promise<Round> {
  const onFreshPage = async <T>(work: (tab: BenchPage) => Promise<T>): Promise<T> => {
    await using tab = await browser.openPage(page);
    return await work(tab);
  };
  await onFreshPage((tab) => tab.call("forgetAll"));
  const first = await onFreshPage((tab) => tab.call<JobReport>("firstKept", module));
  await using tab = await browser.openPage(page);
  const reload = await tab.call<JobReport>("hitAfterReload", module);
  const atOnce = await tab.call<JobReport>("atOnce", { key: "at-once/1", work: 50, calls: 100 });
  const twoTabs = await inTwoTabs(browser, tab, module);
  const drop = (await tab.call<JobReport | undefined>("dropPrefix")) ?? null;
  return { first, reload, atOnce, twoTabs, drop };
}

/** Until both have the value. */
async function inTwoTabs(browser: BenchBrowser, tab: BenchPage, module: string): Promise<JobReport> {
  await using other = await browser.openPage(page);
  await other.call("hitAfterReload", module);
  const order = { key: "two-tabs/1", work: 200, at: Date.now() + 150 };
  const both = await Promise.all([tab, other].map((each) => each.call<JobReport>("atSameTime", order)));
  return {
    milliseconds: Math.max(...both.map(({ milliseconds }) => milliseconds)),
    computations: both.reduce((sum, { computations }) => sum + computations, 0),
  };
}
