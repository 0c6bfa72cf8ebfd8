import { type Browser, type BrowserContext, chromium } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, inject } from "vitest";
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

/** The site for all tests of a file. Each of them has a browser context of its own. */
export function useDemoSite(): Omit<DemoSite, "close"> & { readonly context: BrowserContext } {
  let site: DemoSite;
  let context: BrowserContext;
  beforeAll(async () => {
    site = await startDemoSite();
  });
  beforeEach(async () => {
    context = await site.browser.newContext();
  });
  afterEach(() => context.close());
  afterAll(() => site.close());
  return {
    get origin() {
      return site.origin;
    },
    get browser() {
      return site.browser;
    },
    get context() {
      return context;
    },
  };
}
