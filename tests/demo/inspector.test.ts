import { expect, test } from "vitest";
import { DemoPage, eventually, quickKey, quickMap } from "./demo-page.ts";
import { useDemoSite } from "./demo-site.ts";

const site = useDemoSite();

test("a record is listed with its size, age, expiration, format and place", async () => {
  const demo = await DemoPage.open(site, site.context, `${quickMap}&keep=1h`);
  await eventually(() => demo.keys()).toEqual([quickKey]);
  const cells = await demo.row(quickKey).locator("td[data-name]").allInnerTexts();
  expect(cells).toEqual([
    expect.stringMatching(/^\d.* m?s$/),
    "–",
    // 360 x 180 cells of 4 bytes, and no base64
    "259 kB",
    expect.stringMatching(/^(now|\d+ sec\. ago)$/),
    expect.stringMatching(/^in (1 hr|60 min|59 min)\.$/),
    "here",
  ]);
  expect(await demo.page.locator("#records-summary").innerText()).toBe("1 map, 259 kB.");
});

test("a record can be looked into: its metadata and what its result is made of", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  await demo.page.getByRole("button", { name: `Look at ${quickKey}` }).click();
  const dialog = demo.page.getByRole("dialog", { name: quickKey });
  const text = await dialog.locator("pre").innerText();
  expect(text).toContain(`"storageKey": "${quickKey}"`);
  expect(text).toContain('"type": "devalue"');
  expect(text).toContain("density: Float32Array(64,800)");
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "hidden" });
});

test("a deleted record is computed again", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  await demo.page.getByRole("button", { name: `Delete ${quickKey}` }).click();
  await eventually(() => demo.page.locator("#records-message").innerText()).toBe(
    `${quickKey} is deleted in this browser.`,
  );
  expect(await demo.keys()).toEqual([]);
  await demo.ask();
  await eventually(() => demo.sources()).toEqual(["computed", "computed"]);
});

test("all records can be deleted", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  expect(await demo.answer()).toBe("computed");
  await demo.page.locator("#dataset").selectOption("airports");
  await demo.ask();
  await eventually(async () => (await demo.keys()).length).toBe(2);
  await demo.page.getByRole("button", { name: "Delete all in this browser" }).click();
  await eventually(() => demo.keys()).toEqual([]);
  await demo.page.reload();
  expect(await demo.answer()).toBe("computed");
});

test("a record whose time is over says so, is computed again, and is swept", async () => {
  await site.context.addInitScript("const now = Date.now; globalThis.later = 0; Date.now = () => now() + later");
  const demo = await DemoPage.open(site, site.context, `${quickMap}&keep=1m`);
  await eventually(() => demo.keys()).toEqual([quickKey]);
  await demo.page.evaluate("later = 61_000");
  await demo.ask();
  await eventually(() => demo.notes()).toEqual([expect.stringMatching(/^record expired: /)]);
  await eventually(() => demo.sources()).toEqual(["computed", "computed"]);

  await demo.page.evaluate("later = 200_000");
  await demo.page.locator("#sweep").click();
  await eventually(() => demo.page.locator("#records-message").innerText()).toBe(
    "1 expired map was deleted in this browser.",
  );
  expect(await demo.keys()).toEqual([]);
});
