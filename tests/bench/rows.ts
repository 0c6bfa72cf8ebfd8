import { BenchWorker } from "./bench-worker.ts";
import { BenchBrowser } from "./browser/bench-browser.ts";
import { measureStampede } from "./browser/stampede.ts";
import { measure, type Measurement } from "./measure.ts";
import { measureMemory } from "./memory/memory.ts";
import { nodeCases } from "./node-cases.ts";
import { measureReload } from "./reload/reload.ts";
import { measureSize } from "./sizes/sizes.ts";
import { type BenchResult, type Target, targets, toResult } from "./targets.ts";

/** Measures what `targets.ts` lists. Throws for an unknown id; a row that can't be measured is left out, and said so. */
export async function measureRows(ids: readonly string[] = targets.map(({ id }) => id)): Promise<BenchResult[]> {
  const unknown = ids.filter((id) => !targets.some((target) => target.id === id));
  if (unknown.length > 0)
    throw new Error(`Unknown: ${unknown.join(", ")}. Known: ${targets.map(({ id }) => id).join(", ")}`);
  const results: BenchResult[] = [];
  await using stack = new AsyncDisposableStack();
  let [browser, worker]: [BenchBrowser?, BenchWorker?] = [];
  const launch: Launchers = {
    browser: async () => (browser ??= stack.use(await BenchBrowser.launch())),
    worker: async () => (worker ??= stack.use(await BenchWorker.launch())),
  };
  for (const target of targets.filter(({ id }) => ids.includes(id))) {
    console.error(`${target.id} …`);
    try {
      results.push(toResult(target, inUnit(target, await measureTarget(target, launch))));
    } catch (error) {
      console.error(`${target.id} could not be measured:`, error);
    }
  }
  return results;
}

/** Each starts its runtime once. */
interface Launchers {
  readonly browser: () => Promise<BenchBrowser>;
  readonly worker: () => Promise<BenchWorker>;
}

async function measureTarget({ id, runtime }: Target, launch: Launchers): Promise<Measurement> {
  if (runtime === "bundle") return measureSize(id);
  if (runtime === "node") return measureInNode(id);
  if (runtime === "workerd") return (await launch.worker()).measure(id);
  if (runtime === "memory") return measureMemory(id);
  const browser = await launch.browser();
  if (id === "stampede") return measureStampede(browser);
  if (id === "reload-hit") return measureReload(browser);
  await using page = await browser.openPage();
  const server = id === "http-hit" ? (await launch.worker()).url : undefined;
  return await page.call<Measurement>("runCase", { id, server });
}

async function measureInNode(id: string): Promise<Measurement> {
  const prepare = nodeCases[id];
  if (prepare === undefined) throw new Error(`There is no case "${id}"`);
  return measure(await prepare());
}

function inUnit({ unit }: Target, { ours, reference }: Measurement): Measurement {
  return unit === "ns" ? { ours: ours * 1e6, reference: reference * 1e6 } : { ours, reference };
}
