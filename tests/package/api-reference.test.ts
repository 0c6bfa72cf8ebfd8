import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runTool } from "../../scripts/processes.mjs";
import { projectRoot } from "./module-graph.ts";

const fresh = await mkdtemp(join(tmpdir(), "reprise-api-"));
afterAll(() => rm(fresh, { recursive: true }));

async function readPages(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder);
  const pages = names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const);
  return new Map(await Promise.all(pages));
}

test("docs/api is what the docstrings say; `npm run docs -- --api` writes it anew", { timeout: 120_000 }, async () => {
  const code = await runTool("scripts/docs/generate-api.ts", [fresh], { stdio: "ignore" });
  expect(code, "`npm run docs -- --api` says which type or link has no place").toBe(0);
  const [kept, wanted] = await Promise.all([readPages(join(projectRoot, "docs/api")), readPages(fresh)]);
  const names = new Set([...kept.keys(), ...wanted.keys()]);
  expect([...names].filter((name) => kept.get(name) !== wanted.get(name))).toEqual([]);
});
