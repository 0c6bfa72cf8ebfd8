import { randomUUID } from "node:crypto";
import type { BrowserContext } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { outcomeMediaType, resultPath } from "../../src/http/requests/protocol.ts";
import { answer, ScriptedServer } from "../http/scripted-server.ts";
import { DemoPage, eventually, quickMap, slowMap } from "./demo-page.ts";
import { type DemoSite, startDemoSite } from "./demo-site.ts";

let site: DemoSite;

beforeAll(async () => {
  site = await startDemoSite();
});
afterAll(() => site.close());

/** What a visitor sees in red in the console: errors, and answers with a 4xx or 5xx. */
function redLinesOf(context: BrowserContext): string[] {
  const lines: string[] = [];
  context.on("console", (message) => void (message.type() === "error" && lines.push(message.text())));
  context.on("response", (response) => {
    if (response.status() >= 400) lines.push(`${response.status()} ${response.request().method()} ${response.url()}`);
  });
  return lines;
}

test("misses at the edge and a lock that another browser holds print no error in the console", async () => {
  const [first, second] = [await site.browser.newContext(), await site.browser.newContext()];
  const lines = [redLinesOf(first), redLinesOf(second)];
  const space = (query: string) => `${query}&edge=on&space=${id}`;
  const id = randomUUID();
  const one = await DemoPage.open(site, first, space(slowMap));
  await eventually(() => one.workers).toBe(1);
  const two = await DemoPage.open(site, second, space(slowMap));
  await Promise.all([one.untilState("answered"), two.untilState("answered")]);
  expect([one.workers, two.workers]).toEqual([1, 0]);
  const other = await DemoPage.open(site, second, space(quickMap));
  await other.untilState("answered");
  expect(lines).toEqual([[], []]);
  await first.close();
  await second.close();
});

test("a page of another origin asks for outcomes without a preflight", async () => {
  await using server = await ScriptedServer.start(answer(200, { "access-control-allow-origin": "*" }));
  const page = await site.browser.newPage();
  await page.goto(`${site.origin}/?edge=off`);
  const request = { url: server.url + resultPath("none"), accept: `${outcomeMediaType}, */*` };
  const status = await page.evaluate(
    async ({ url, accept }) => (await fetch(url, { headers: { accept } })).status,
    request,
  );
  expect(status).toBe(200);
  expect(server.received.map(({ method }) => method)).toEqual(["GET"]);
  await page.close();
});
