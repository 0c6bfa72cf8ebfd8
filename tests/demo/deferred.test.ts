import { randomUUID } from "node:crypto";
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chromiumLaunchOptions } from "../../scripts/find-chromium.mjs";
import { ResultRecord } from "../../src/core/context/built-in-serializers.ts";
import { resultPath, resultsPath } from "../../src/http/requests/protocol.ts";
import type { DeferringPage } from "./deferred/page.ts";
import { startSlowServer } from "./deferred/slow-server.ts";
import { eventually } from "./demo-page.ts";
import type { WranglerServer } from "./wrangler-server.ts";

declare const window: { readonly page: DeferringPage };

/** What a run noted of itself: when it was seen first and last. */
interface Run {
  readonly began: number;
  readonly seen: number;
}

let server: WranglerServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startSlowServer(), chromiumLaunchOptions().then((o) => chromium.launch(o))]);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await server.close();
});

/** A browser of its own, with nothing kept. */
async function openPage(): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.origin);
  await page.waitForFunction(() => "page" in window);
  return page;
}

async function runsOf(name: string): Promise<Run[]> {
  return (await (await fetch(`${server.origin}/runs?name=${name}`)).json()) as Run[];
}

test(
  "a call outlives its page and the server: one record in the end, and no two runs that overlapped",
  { timeout: 240_000 },
  async () => {
    const name = randomUUID();
    const page = await openPage();
    const key = await page.evaluate((its) => window.page.defer(its), name);
    await page.context().close();
    await eventually(async () => (await runsOf(name)).length).toBe(1);

    await server.kill();
    const killed = Date.now();
    await server.run();
    // others want the same meanwhile
    const pages = await Promise.all([openPage(), openPage()]);
    const results = Promise.all(pages.map((each) => each.evaluate((its) => window.page.result(its), name)));
    expect(await results).toEqual([
      { name, run: 2 },
      { name, run: 2 },
    ]);

    const runs = await runsOf(name);
    expect(runs).toHaveLength(2);
    for (const [i, run] of runs.entries()) expect(run.began).toBeGreaterThan(runs[i - 1]?.seen ?? 0);
    expect(runs[0]!.seen).toBeLessThanOrEqual(killed);
    const list = await fetch(`${server.origin}${resultsPath}`);
    const { records } = (await list.json()) as { records: { storageKey: string }[] };
    expect(records.map(({ storageKey }) => storageKey)).toEqual([key]);
    const bytes = new Uint8Array(await (await fetch(server.origin + resultPath(key))).arrayBuffer());
    expect((await ResultRecord.deserialize(bytes, { key })).result).toEqual({ name, run: 2 });
  },
);
