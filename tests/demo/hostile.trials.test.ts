import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumLaunchOptions } from "../../scripts/find-chromium.mjs";
import { recordMediaType, resultPath, resultsPath } from "../../src/http/requests/protocol.ts";
import { sample } from "../../src/testing/storages/storage-scene.ts";
import { hostileKey, hostileRecords } from "../core/record/hostile-records.ts";
import { startHostileServer } from "./hostile/hostile-server.ts";
import { countTried, runsOf } from "../trials/trial.ts";
import type { ReadingPage } from "./hostile/page.ts";
import type { WranglerServer } from "./wrangler-server.ts";

declare const window: { readonly page: ReadingPage };

const goodKey = "shared/good";
const typed = /^(value.*|computed|absent|CORRUPT_RECORD|UNSUPPORTED_RECORD)$/;

let server: WranglerServer;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [server, browser] = await Promise.all([
    startHostileServer(),
    chromiumLaunchOptions().then((options) => chromium.launch(options)),
  ]);
  page = await browser.newPage();
  await page.goto(server.origin);
  await page.waitForFunction(() => "page" in window);
  expect((await send(resultPath(goodKey), "PUT", sample(goodKey).bytes)).status).toBe(204);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await server.close();
});

function send(path: string, method = "GET", body?: Uint8Array): Promise<Response> {
  const headers = { "content-type": recordMediaType };
  return fetch(server.origin + path, { method, ...(body && { headers, body: body as Uint8Array<ArrayBuffer> }) });
}

const query = `?key=${encodeURIComponent(hostileKey)}`;
const textOf = async (path: string) => (await send(path)).text();

const all = Object.entries(hostileRecords);
// A record takes a second here; tests/core and tests/workers try all of them each time.
const step = all.length / runsOf({ short: 25, long: all.length });

describe("a Worker and a page over HTTP survive", () => {
  for (const [name, craft] of all.filter((_, index) => index % step < 1)) {
    test(name, async (context) => {
      countTried(context, "inputs", 1);
      const bytes = await craft();
      expect([204, 422]).toContain((await send(resultPath(hostileKey), "PUT", bytes)).status);
      // a writer may go around the API
      await send(`/plant${query}`, "POST", bytes);
      const [got, head, list, ...read] = await Promise.all([
        send(resultPath(hostileKey)),
        send(resultPath(hostileKey), "HEAD"),
        textOf(resultsPath),
        textOf(`/read${query}`),
        page.evaluate((key) => window.page.read(key), hostileKey),
      ]);
      for (const { status } of [got, head]) expect([200, 404, 422]).toContain(status);
      const { records } = JSON.parse(list) as { records: { storageKey: string }[] };
      expect(records.map(({ storageKey }) => storageKey)).toContain(goodKey);
      for (const outcome of read) expect(outcome).toMatch(typed);
      expect(await textOf(`/compute${query}`)).toBe("value");
    });
  }

  test("and the other records", async () => {
    expect(await page.evaluate((key) => window.page.read(key), goodKey)).toBe("value string");
    expect(await page.evaluate(() => window.page.count())).toBeGreaterThan(0);
  });
});
