import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stampRecord } from "../../src/core/record/stamp-record.ts";
import { decodeHead } from "../../src/core/record/record-format.ts";
import { recordMediaType, resultPath } from "../../src/http/requests/protocol.ts";
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

/** The Worker adds nothing but the invalidations that came before, if other tests have made some. */
function asKept(bytes: Uint8Array, read: ArrayLike<number>): Uint8Array {
  const { storageKey, generation } = decodeHead(Uint8Array.from(read));
  return generation === undefined ? bytes : stampRecord(bytes, storageKey, generation);
}

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
    expect(Buffer.from(read).equals(asKept(bytes, read))).toBe(true);
    const elsewhere = Buffer.from(await (await fetch(site.origin + path)).arrayBuffer());
    expect(elsewhere.equals(asKept(bytes, elsewhere))).toBe(true);
  },
);
