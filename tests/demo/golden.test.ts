import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeHead } from "../../src/core/record/record-format.ts";
import { recordMediaType, resultPath } from "../../src/http/protocol.ts";
import { type DemoSite, startDemoSite } from "./demo-site.ts";

const folder = fileURLToPath(new URL("../golden/", import.meta.url));
const files = (await readdir(folder)).filter((name) => name.endsWith(".rprs"));

let site: DemoSite;
let page: Page;

beforeAll(async () => {
  site = await startDemoSite();
  page = await site.browser.newPage();
  await page.goto(`${site.origin}/icon.svg`);
});
afterAll(() => site.close());

test.each(files)(
  "%s, written over HTTP by a browser, is taken by the Worker and read back byte for byte",
  async (file) => {
    const bytes = new Uint8Array(await readFile(folder + file));
    const path = resultPath(decodeHead(bytes).storageKey);
    const given = { path, type: recordMediaType, bytes: [...bytes] };
    const [status, read] = await page.evaluate(async ({ path: url, type, bytes: sent }) => {
      const headers = { "Content-Type": type };
      const written = await fetch(url, { method: "PUT", headers, body: new Uint8Array(sent) });
      const answer = await fetch(url);
      return [written.status, [...new Uint8Array(await answer.arrayBuffer())]] as const;
    }, given);
    expect(status).toBe(204);
    expect(Buffer.from(read).equals(bytes)).toBe(true);
    const elsewhere = await fetch(site.origin + path);
    expect(Buffer.from(await elsewhere.arrayBuffer()).equals(bytes)).toBe(true);
  },
);
