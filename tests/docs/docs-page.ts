import type { BrowserContext, Page } from "playwright";

/** What a page of the site has, as a reader with a phone gets it. */
export interface PageReport {
  readonly anchors: readonly string[];
  readonly links: readonly string[];
  /** Pixels that the page is wider than the screen. */
  readonly overflow: number;
  readonly brokenImages: readonly string[];
  readonly errors: readonly string[];
}

async function lookAt(page: Page, url: string): Promise<Omit<PageReport, "errors">> {
  await page.goto(url);
  await page.waitForFunction(() => "__vue_app__" in (document.querySelector("#app") ?? {}));
  return page.evaluate(() => ({
    anchors: [...document.querySelectorAll("[id]")].map(({ id }) => id),
    links: [...document.querySelectorAll<HTMLAnchorElement>("a[href]")].map(({ href }) => href),
    overflow: document.documentElement.scrollWidth - screen.width,
    brokenImages: [...document.images].filter(({ naturalWidth }) => naturalWidth === 0).map(({ src }) => src),
  }));
}

/** Every page that a link leads to, by its address without the anchor. */
export async function crawl(context: BrowserContext, origin: string): Promise<Map<string, PageReport>> {
  const page = await context.newPage();
  let errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("response", (response) => response.status() < 400 || errors.push(`${response.status()} ${response.url()}`));
  const reports = new Map<string, PageReport>();
  const queue = [`${origin}/`];
  for (const url of queue) {
    errors = [];
    const report = { ...(await lookAt(page, url)), errors };
    reports.set(url, report);
    for (const link of report.links.map(withoutAnchor)) {
      if (link.startsWith(`${origin}/`) && !queue.includes(link)) queue.push(link);
    }
  }
  return reports;
}

export function withoutAnchor(link: string): string {
  return link.replace(/#.*$/, "").replace(/index\.html$/, "");
}
