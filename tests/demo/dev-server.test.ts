import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright";
import { createServer } from "vite";
import { expect, test } from "vitest";
import { chromiumLaunchOptions } from "../../scripts/find-chromium.mjs";
import { demoConfig } from "./demo-config.ts";
import { DemoPage, quickMap } from "./demo-page.ts";

test("the page works from the development server too, whose clock is fine enough for memory hits", async () => {
  // a cache of its own, since another server may be using the project's
  const cacheDir = await mkdtemp(join(tmpdir(), "reprise-vite-"));
  const server = await createServer({ configFile: demoConfig, cacheDir, logLevel: "error", server: { port: 0 } });
  const browser = await chromium.launch(await chromiumLaunchOptions());
  try {
    await server.listen();
    const origin = new URL(server.resolvedUrls?.local[0] ?? "").origin;
    const demo = await DemoPage.open({ origin }, await browser.newContext(), `${quickMap}&edge=on`);
    expect(await demo.answer()).toBe("computed");
    await demo.untilDrawn("earthquakes");
    // no API is served here, and the page does without
    expect(await demo.page.locator("#edge-controls").isVisible()).toBe(false);
    expect(await demo.page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(demo.errors).toEqual([]);
  } finally {
    await browser.close();
    await server.close();
    await rm(cacheDir, { recursive: true });
  }
});
