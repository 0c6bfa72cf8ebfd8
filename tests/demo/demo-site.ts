import { type Browser, chromium } from "playwright";
import { inject } from "vitest";
import { chromiumLaunchOptions } from "../../scripts/find-chromium.mjs";

/** The built page with its API, served once for all files, and a browser to look at it with. */
export interface DemoSite {
  readonly origin: string;
  readonly browser: Browser;
  close(): Promise<void>;
}

export async function startDemoSite(): Promise<DemoSite> {
  const browser = await chromium.launch(await chromiumLaunchOptions());
  return { origin: inject("demoOrigin"), browser, close: () => browser.close() };
}
