import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright";
import { preview } from "vite";
import { chromiumLaunchOptions } from "../../scripts/find-chromium.mjs";
import { runTool } from "../../scripts/processes.mjs";

/** The built docs site behind a server, and a browser to look at it with. */
export interface DocsSite {
  readonly origin: string;
  readonly browser: Browser;
  close(): Promise<void>;
}

export async function startDocsSite(): Promise<DocsSite> {
  const outDir = await mkdtemp(join(tmpdir(), "reprise-docs-"));
  const code = await runTool("vitepress", ["build", "docs", "--outDir", outDir], { stdio: "ignore" });
  if (code !== 0) {
    await rm(outDir, { recursive: true });
    throw new Error("The docs site could not be built: run `npm run docs` to see why.");
  }
  const server = await preview({
    configFile: false,
    root: outDir,
    appType: "mpa", // a dead link gets 404 and not the first page
    build: { outDir },
    preview: { port: 0, host: "127.0.0.1" },
    logLevel: "error",
  });
  const browser = await chromium.launch(await chromiumLaunchOptions());
  return {
    origin: new URL(server.resolvedUrls?.local[0] ?? "").origin,
    browser,
    async close() {
      await browser.close();
      await server.close();
      await rm(outDir, { recursive: true });
    },
  };
}
