import { expect, test } from "vitest";
import { DemoPage, eventually, quickKey, quickMap } from "./demo-page.ts";
import { useDemoSite } from "./demo-site.ts";

const site = useDemoSite();

test("a record is listed with its size, age, expiration and last answer", async () => {
  const demo = await DemoPage.open(site, site.context, `${quickMap}&keep=1h`);
  await eventually(() => demo.keys()).toEqual([quickKey]);
  const cells = await demo.inspector.row(quickKey).locator("td").allInnerTexts();
  expect(cells).toEqual([
    // 360 x 180 cells of 4 bytes, and no base64
    "259 kB",
    expect.stringMatching(/^(now|\d+ sec\. ago)$/),
    expect.stringMatching(/^fresh, expires in (1 hr|60 min|59 min)\.$/),
    "–",
    expect.stringMatching(/^computed, \d.* m?s$/),
  ]);
});

test("a record can be looked into: its metadata and the parts of its result", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  const dialog = await demo.inspector.look(quickKey);
  const text = await dialog.innerText();
  expect(text).toContain('"type":"devalue"');
  expect(text).toContain("density: Float32Array(64800)");
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "hidden" });
});

test("a deleted record is computed again", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  await demo.inspector.delete(quickKey);
  await eventually(() => demo.inspector.message()).toBe(`“${quickKey}” is deleted.`);
  await eventually(() => demo.keys()).toEqual([]);
  await demo.ask();
  await eventually(() => demo.sources()).toEqual(["computed", "computed"]);
});

test("all records can be deleted", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  expect(await demo.answer()).toBe("computed");
  await demo.page.locator("#dataset").selectOption("airports");
  await demo.ask();
  await eventually(async () => (await demo.keys()).length).toBe(2);
  await demo.inspector.clear();
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
  await demo.inspector.element.getByRole("button", { name: "Delete expired" }).click();
  await eventually(() => demo.inspector.message()).toBe("1 expired record deleted.");
  await eventually(() => demo.keys()).toEqual([]);
});

test("the inspector works by keyboard alone, and Escape leads back to the record", async () => {
  const demo = await DemoPage.open(site, site.context, quickMap);
  await eventually(() => demo.keys()).toEqual([quickKey]);
  const { page } = demo;
  const focused = () => page.evaluate("document.activeElement.shadowRoot?.activeElement?.textContent");
  await demo.inspector.element.getByRole("tab", { name: "Records" }).focus();
  const tabTo = async (text: string) => {
    for (let stops = 0; (await focused()) !== text; stops++) {
      expect(stops).toBeLessThan(15);
      await page.keyboard.press("Tab");
    }
  };
  await tabTo(quickKey);
  await page.keyboard.press("Enter");
  const dialog = demo.inspector.element.getByRole("dialog", { name: quickKey });
  await dialog.waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await eventually(focused).toBe(quickKey);
  await page.keyboard.press("Enter");
  await dialog.waitFor();
  await tabTo("Delete");
  await page.keyboard.press("Enter");
  await eventually(() => demo.keys()).toEqual([]);
});
