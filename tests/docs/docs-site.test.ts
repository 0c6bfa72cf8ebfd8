import { glob } from "node:fs/promises";
import type { BrowserContext } from "playwright";
import { beforeAll, expect, test } from "vitest";
import { lowContrasts } from "../demo/contrast.ts";
import { projectRoot } from "../package/module-graph.ts";
import { crawl, type PageReport, withoutAnchor } from "./docs-page.ts";
import { type DocsSite, startDocsSite } from "./docs-site.ts";

let site: DocsSite;
let phone: BrowserContext;
let pages: Map<string, PageReport>;

beforeAll(async () => {
  site = await startDocsSite();
  phone = await site.browser.newContext({ viewport: { width: 390, height: 844 }, isMobile: true, colorScheme: "dark" });
  pages = await crawl(phone, site.origin);
  return () => site.close();
}, 180_000);

/** The pages of which this is true, or not empty. */
function pagesWith(look: (report: PageReport) => unknown): object {
  const found = [...pages].map(([url, report]) => [url.replace(site.origin, ""), look(report)] as const);
  return Object.fromEntries(found.filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value)));
}

test("every Markdown file is a page that links lead to", async () => {
  const files = await Array.fromAsync(glob(["*.md", "docs/**/*.md"], { cwd: projectRoot }));
  expect(files.length).toBeGreaterThan(30);
  expect([...pages.keys()].toSorted()).toEqual(
    files
      .map((path) => path.replaceAll("\\", "/").replace(/^docs\//, ""))
      .map((path) => `${site.origin}/${path.replace(/(?:README|index)\.md$/, "").replace(/\.md$/, ".html")}`)
      .toSorted(),
  );
});

test("no link leads to an anchor that its page lacks", () => {
  const isDead = (link: string) => {
    const target = pages.get(withoutAnchor(link));
    const anchor = decodeURIComponent(new URL(link).hash.slice(1));
    return target !== undefined && anchor !== "" && !target.anchors.includes(anchor);
  };
  expect(pagesWith(({ links }) => links.filter(isDead))).toEqual({});
});

test("no page reports an error, lacks an image, or has an anchor twice", () => {
  expect(pagesWith(({ errors }) => errors)).toEqual({});
  expect(pagesWith(({ brokenImages }) => brokenImages)).toEqual({});
  expect(pagesWith(({ anchors }) => anchors.filter((id, index) => anchors.indexOf(id) !== index))).toEqual({});
});

test("on a phone no page is wider than the screen", () => {
  expect(pagesWith(({ overflow }) => overflow > 0)).toEqual({});
});

test("the search finds getOrCompute, and leads to its place in the reference", async () => {
  const page = await site.browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${site.origin}/`);
  await page.getByRole("button", { name: "Search" }).first().click();
  await page.getByRole("searchbox").fill("getOrCompute");
  await page.getByRole("option", { name: "ResultStore.getOrCompute()" }).first().click();
  await page.waitForURL("**/api/store.html#resultstoregetorcompute");
  await page.getByRole("heading", { name: "ResultStore.getOrCompute()" }).waitFor();
  await page.close();
});

test.each(["light", "dark"] as const)("texts and code are readable on a %s page", async (colorScheme) => {
  const page = await site.browser.newPage({ colorScheme, viewport: { width: 1280, height: 800 } });
  await page.goto(`${site.origin}/api/store.html`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(background === "rgb(255, 255, 255)").toBe(colorScheme === "light");
  expect([...new Set(await lowContrasts(page, 4.5))]).toEqual([]);
  await page.close();
});
