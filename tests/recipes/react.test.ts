import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderOf } from "./tools/commands.ts";
import { type RecipeSite, startRecipeSite } from "./tools/recipe-site.ts";
import { addStorePage, openStorePage } from "./tools/store-page.ts";

/** Shows the component of the recipe that goes wrong. */
const trapPage = `<!doctype html>
<div id="root"></div>
<script type="module">
  import { createElement, Suspense } from "react";
  import { createRoot } from "react-dom/client";
  import { Trap } from "./trap.tsx";

  createRoot(document.querySelector("#root")).render(createElement(Suspense, null, createElement(Trap)));
</script>`;

let site: RecipeSite;
beforeAll(async () => {
  await writeFile(join(folderOf("react"), "trap.html"), trapPage);
  site = await startRecipeSite("react", ["index.html", "trap.html", await addStorePage("react")]);
});
afterAll(() => site[Symbol.asyncDispose]());

/** A page whose server answers what `answers` has next, and notes the requests. */
async function openPage(address: string, answers: readonly { status?: number; json: unknown }[]) {
  const page = await (await site.browser.newContext()).newPage();
  const seen = { requests: 0, messages: [] as string[] };
  page.on("console", (message) => message.type() === "error" && seen.messages.push(message.text()));
  await page.route("**/*.json", (route) => {
    const { status = 200, json } = answers[Math.min(seen.requests++, answers.length - 1)]!;
    return route.fulfill({ status, json });
  });
  await page.goto(`${site.origin}/${address}`);
  return { page, seen };
}

const shows = (page: Page, text: string) => page.getByText(text).waitFor();

test("StrictMode renders twice, and the result is computed once", async () => {
  const { page, seen } = await openPage("", [{ json: [400_000, 300_000] }]);
  await shows(page, "700000 people live here.");
  expect(seen).toEqual({ requests: 1, messages: [] });
  await page.reload();
  await shows(page, "700000 people live here.");
  expect(seen.requests).toBe(1);
});

test("an error boundary shows the error, and its button computes again", async () => {
  const { page, seen } = await openPage("", [{ status: 500, json: {} }, { json: [1, 2] }]);
  await page.getByRole("button", { name: "The server answers 500. Try again" }).click();
  await shows(page, "3 people live here.");
  expect(seen.requests).toBe(2);
});

test("an invalidation in another tab loads again", async () => {
  const { page, seen } = await openPage("", [{ json: [1] }, { json: [2] }]);
  await shows(page, "1 people live here.");
  const other = await openStorePage(page.context(), site.origin);
  await other.evaluate(() => store.invalidate("inhabitants/oslo"));
  await shows(page, "2 people live here.");
  expect(seen).toEqual({ requests: 2, messages: [] });
});

test("a promise made while rendering never gets the component on the screen, as the recipe says", async () => {
  const { page, seen } = await openPage("trap.html", [{ json: 42 }]);
  await expect.poll(() => seen.messages.join()).toContain("uncached promise");
  expect(await page.getByText("The answer is").count()).toBe(0);
});
