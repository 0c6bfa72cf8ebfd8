import { expect, onTestFinished, test } from "vitest";
import { startRecipeSite } from "./tools/recipe-site.ts";
import { addStorePage, openStorePage } from "./tools/store-page.ts";

test("two tabs compute once, in one worker, whose own records the page shares", async () => {
  await using site = await startRecipeSite("web-worker", ["index.html", await addStorePage("web-worker")]);
  const context = await site.browser.newContext();
  onTestFinished(() => context.close());
  const pages = await Promise.all([context.newPage(), context.newPage()]);
  let workers = 0;
  for (const page of pages) page.on("worker", () => workers++);

  const counts = pages.map(async (page) => {
    await page.goto(site.origin);
    await page.click("button");
    return page.locator("output", { hasText: "primes" }).innerText();
  });
  expect(await Promise.all(counts)).toEqual(["148933 primes", "148933 primes"]);
  expect(workers).toBe(1);

  const page = await openStorePage(context, site.origin);
  const size = () => store.read("sieves/2000000").then((record) => (record!.result as Uint8Array).length);
  expect(await page.evaluate(size)).toBe(2_000_000);

  await pages[0].reload();
  await pages[0].click("button");
  await pages[0].locator("output", { hasText: "148933 primes" }).waitFor();
  expect(workers).toBe(1);
});
