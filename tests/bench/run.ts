// `npm run bench -- [--only id,id] [--json FILE]`: measures everything in targets.ts. Says what it found and never fails a build.
// `npm run bench -- --sizes`: measures what each part adds to a bundle, and draws docs/size.md.
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { BenchWorker } from "./bench-worker.ts";
import { BenchBrowser } from "./browser/bench-browser.ts";
import { measure, type Measurement } from "./measure.ts";
import { nodeCases } from "./node-cases.ts";
import { drawSizes } from "./sizes/size-document.ts";
import { measureSize } from "./sizes/sizes.ts";
import { measureStampede } from "./browser/stampede.ts";
import { formatTable } from "./table.ts";
import { type BenchResult, type Target, targets, toResult } from "./targets.ts";

const { values: options } = parseArgs({
  options: { json: { type: "string" }, only: { type: "string" }, sizes: { type: "boolean" } },
});

async function main(): Promise<void> {
  const chosen = choose(options.only?.split(","));
  const results: BenchResult[] = [];
  await using stack = new AsyncDisposableStack();
  let [browser, worker]: [BenchBrowser?, BenchWorker?] = [];
  const launch: Launchers = {
    browser: async () => (browser ??= stack.use(await BenchBrowser.launch())),
    worker: async () => (worker ??= stack.use(await BenchWorker.launch())),
  };
  for (const target of chosen) {
    console.error(`${target.id} …`);
    try {
      results.push(toResult(target, inUnit(target, await measureTarget(target, launch))));
    } catch (error) {
      console.error(`${target.id} could not be measured:`, error);
    }
  }
  console.log(formatTable(results));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
}

function choose(ids: readonly string[] | undefined): readonly Target[] {
  const unknown = ids?.filter((id) => !targets.some((target) => target.id === id)) ?? [];
  if (unknown.length > 0) {
    console.error(`Unknown: ${unknown.join(", ")}. Known are ${targets.map(({ id }) => id).join(", ")}.`);
    process.exitCode = 2;
  }
  return targets.filter(({ id }) => ids?.includes(id) ?? true);
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
  const browser = await launch.browser();
  if (id === "stampede") return measureStampede(browser);
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

await (options.sizes ? drawSizes() : main());
