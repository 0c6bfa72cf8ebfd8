import { expect, test } from "vitest";
import { runCommandsOf } from "./tools/commands.ts";
import { startRecipeSite } from "./tools/recipe-site.ts";

test("a service worker answers requests from its store, also after the browser has stopped it", async () => {
  await runCommandsOf("service-worker");
  await using site = await startRecipeSite("service-worker");
  const page = await site.browser.newPage();
  const answer = async () => {
    await page.goto(site.origin);
    return page.locator("output", { hasText: "count" }).innerText();
  };
  const first = await answer();
  expect(JSON.parse(first)).toMatchObject({ count: 78_498 });

  const devtools = await page.context().newCDPSession(page);
  await devtools.send("ServiceWorker.enable");
  await devtools.send("ServiceWorker.stopAllWorkers");
  expect(await answer()).toBe(first);
});
