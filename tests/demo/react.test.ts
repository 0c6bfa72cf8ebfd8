import { expect, test } from "vitest";
import { lowContrasts } from "./contrast.ts";
import { useDemoSite } from "./demo-site.ts";

const site = useDemoSite();

test("the page in React shows a computation, its progress in another tab, and every change", async () => {
  const tab = await site.context.newPage();
  const failures: string[] = [];
  tab.on("console", (message) => message.type() === "error" && failures.push(message.text()));
  await tab.goto(site.origin);
  await tab.getByRole("link", { name: "a page in React" }).click();
  await tab.getByText("Computing…").waitFor();
  const other = await site.context.newPage();
  await other.goto(`${site.origin}/react/`);
  for (const page of [tab, other]) {
    await page.getByText("Kept. Now reload the page.").waitFor();
    await page.getByRole("img", { name: "The Julia set “Lightning”" }).waitFor();
  }
  await tab.getByRole("button", { name: "The data changed" }).click();
  await other.getByText("Computing…").waitFor();
  await other.getByText("Kept. Now reload the page.").waitFor();
  expect(failures).toEqual([]);
});

test.each(["light", "dark"] as const)(
  "on a phone, %s, it can be read and is no wider than the screen",
  async (colorScheme) => {
    const context = await site.browser.newContext({ viewport: { width: 390, height: 844 }, colorScheme });
    const page = await context.newPage();
    await page.goto(`${site.origin}/react/`);
    await page.getByText("Kept. Now reload the page.").waitFor();
    expect(await lowContrasts(page, 4.5)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await context.close();
  },
);
