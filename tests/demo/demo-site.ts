import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright";
import { build, preview } from "vite";
import { chromiumLaunchOptions } from "../../scripts/find-chromium.mjs";

export const demoConfig = fileURLToPath(new URL("../../demo/vite.config.ts", import.meta.url));

/** The built page, served on a free port, and a browser to look at it with. */
export interface DemoSite {
  readonly origin: string;
  readonly browser: Browser;
  close(): Promise<void>;
}

export async function startDemoSite(): Promise<DemoSite> {
  const outDir = await mkdtemp(join(tmpdir(), "reprise-demo-"));
  const shared = { configFile: demoConfig, logLevel: "error", build: { outDir } } as const;
  await build(shared);
  const server = await preview({ ...shared, preview: { port: 0 } });
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
