import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RecipeSite, startRecipeSite } from "./tools/recipe-site.ts";
import { addStorePage, openStorePage } from "./tools/store-page.ts";

let site: RecipeSite;
beforeAll(async () => {
  site = await startRecipeSite("react", ["index.html", await addStorePage("react")]);
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

test.each(["", "#suspense"])("%s: StrictMode renders twice, and the result is computed once", async (address) => {
  const { page, seen } = await openPage(address, [{ json: [400_000, 300_000] }]);
  await shows(page, "700000 people live here.");
  expect(seen).toEqual({ requests: 1, messages: [] });
  await page.reload();
  await shows(page, "700000 people live here.");
  expect(seen.requests).toBe(1);
});

test.each([
  ["", "Error: The server answers 500. Try again"],
  ["#suspense", "The server answers 500. Try again"],
])("%s: an error shows, and its button computes again", async (address, name) => {
  const { page, seen } = await openPage(address, [{ status: 500, json: {} }, { json: [1, 2] }]);
  await page.getByRole("button", { name }).click();
  await shows(page, "3 people live here.");
  expect(seen.requests).toBe(2);
});

test.each(["", "#suspense"])("%s: an invalidation in another tab computes again", async (address) => {
  const { page, seen } = await openPage(address, [{ json: [1] }, { json: [2] }]);
  await shows(page, "1 people live here.");
  const other = await openStorePage(page.context(), site.origin);
  await other.evaluate(() => store.invalidate("inhabitants/oslo"));
  await shows(page, "2 people live here.");
  expect(seen).toEqual({ requests: 2, messages: [] });
});

test("a task shows its result", async () => {
  const { page, seen } = await openPage("#task", [{ json: [10, 20] }, { json: [10, 20] }]);
  await shows(page, "1 roads");
  await shows(page, "30 people live here.");
  expect(seen).toEqual({ requests: 2, messages: [] });
});
