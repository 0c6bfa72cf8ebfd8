import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runTool } from "../../scripts/processes.mjs";
import { projectRoot } from "./module-graph.ts";

const fresh = await mkdtemp(join(tmpdir(), "reprise-api-"));
afterAll(() => rm(fresh, { recursive: true }));

async function readPages(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")])),
  );
}

test("docs/api is what the docstrings say; `npm run docs -- --api` writes it anew", { timeout: 120_000 }, async () => {
  expect(await runTool("scripts/docs/generate-api.ts", [fresh], { stdio: "ignore" })).toBe(0);
  const [kept, wanted] = await Promise.all([readPages(join(projectRoot, "docs/api")), readPages(fresh)]);
  const pages = new Set([...Object.keys(kept), ...Object.keys(wanted)]);
  expect([...pages].filter((page) => kept[page] !== wanted[page])).toEqual([]);
});
