import { cp } from "node:fs/promises";
import { join } from "node:path";
import { BenchBrowser, removeFolder, temporaryFolder } from "../browser/bench-browser.ts";
import { type ScriptServer, serveScripts } from "../browser/served-scripts.ts";
import { median, type Measurement } from "../measure.ts";
import type { Side } from "./memory-page.ts";
import { watchMemory } from "./process-memory.ts";

const rounds = 3;
const page = "memory/memory-page.ts";

/** Megabytes by which the memory of a fresh browser grows at its peak, as medians. */
export async function measureMemory(id: string): Promise<Measurement> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await temporaryFolder(), removeFolder);
  const scripts = stack.use(await serveScripts());
  const grown: Record<Side, number[]> = { ours: [], reference: [] };
  for (const side of ["ours", "reference"] as const) await prepareProfile(scripts, join(folder, side), id, side);
  for (let round = 0; round < rounds; round++) {
    for (const side of ["ours", "reference"] as const) {
      const profile = stack.adopt(`${folder}/${side} ${round}`, removeFolder);
      await cp(join(folder, side), profile, { recursive: true });
      grown[side].push(await growthIn(scripts, profile, id, side));
    }
  }
  return { ours: median(grown.ours), reference: median(grown.reference) };
}

async function prepareProfile(scripts: ScriptServer, profile: string, id: string, side: Side): Promise<void> {
  await using browser = await BenchBrowser.launch({ scripts, profile });
  await using tab = await browser.openPage(page);
  await tab.call("prepare", { id, side });
}

async function growthIn(scripts: ScriptServer, profile: string, id: string, side: Side): Promise<number> {
  await using browser = await BenchBrowser.launch({ scripts, profile });
  await using tab = await browser.openPage(page);
  await tab.collectGarbage();
  const peakGrowth = await watchMemory(profile);
  await tab.call("work", { id, side });
  return await peakGrowth();
}
