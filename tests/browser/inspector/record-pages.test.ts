import { expect, test } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { createStore } from "../../stores.ts";
import { freshStore, InspectorPage } from "./inspector-page.ts";

test("a press on a column sorts the records by it, and a second press turns the order round", async () => {
  let now = Date.now();
  // no sweep in the background, after which the records are listed anyway
  const store = createStore({ resultStorage: new MemoryStorage(), now: () => now });
  await store.write("b", "xxx", { expiresIn: "2h" });
  await store.write("a", "x", { expiresIn: "1h" });
  now += 1_000;
  await store.write("d", "xx");
  await store.write("c", "x", { expiresIn: "3h" });
  const inspector = InspectorPage.open(store);
  const order = () => inspector.all("[aria-sort]").map((head) => `${head.textContent} ${head.ariaSort}`);
  await inspector.untilKeys(["a", "b", "c", "d"]);
  expect(order()).toEqual(["Key ascending"]);
  for (const [column, direction, keys] of [
    ["Size", "descending", "bdac"],
    ["Size", "ascending", "acdb"],
    ["Freshness", "ascending", "abcd"],
    ["Freshness", "descending", "dcba"],
    ["Age", "ascending", "cdab"],
    ["Key", "ascending", "abcd"],
    ["Key", "descending", "dcba"],
  ] as const) {
    inspector.press(column);
    await expect.poll(order).toEqual([`${column} ${direction}`]);
    expect(inspector.keys().join("")).toBe(keys);
  }
  expect(inspector.texts("nav .hint")).toEqual(["Page 1 of 1, 4 records, sorted by key."]);
  inspector.button("Size").focus();
  await store.write("e", "xxxxx");
  await inspector.untilKeys(["e", "d", "c", "b", "a"]);
  expect(inspector.root.activeElement).toBe(inspector.button("Size"));
});

/** An inspector of 10,050 records. Of the first 10,000, those with the most bytes are `longest`. */
async function fillWithMany() {
  const store = freshStore();
  const keys = Array.from({ length: 10_050 }, (_, i) => `k/${String(i).padStart(5, "0")}`);
  await store.writeMany(keys.map((key, i) => ({ key, result: "x".repeat(i % 100) })));
  return { store, inspector: InspectorPage.open(store), keys, longest: keys.filter((_, i) => i % 100 === 99) };
}

test(
  "10,050 records are shown page by page; some are sorted, and the inspector says which",
  { timeout: 60_000 },
  async () => {
    const { inspector, keys, longest } = await fillWithMany();
    await inspector.untilKeys(keys.slice(0, 50));
    expect(inspector.button("Previous").disabled).toBe(true);
    for (const page of [1, 2, 3]) {
      inspector.press("Next");
      await inspector.untilKeys(keys.slice(page * 50, page * 50 + 50));
    }
    inspector.press("Previous");
    await inspector.untilKeys(keys.slice(100, 150));
    inspector.press("Size");
    await inspector.untilKeys(longest.slice(0, 50));
    const said = "Only the first 10,000 keys are sorted by size. A longer filter shows others.";
    expect(inspector.texts("nav .hint")).toEqual([`Page 1 of 200. ${said}`]);
    inspector.press("Next");
    await inspector.untilKeys(longest.slice(50, 100));
    expect(inspector.texts("nav .hint")).toEqual([`Page 2 of 200. ${said}`]);
    inspector.filter("k/100");
    await inspector.untilKeys(keys.slice(10_000).toReversed());
    expect(inspector.texts("nav .hint")).toEqual(["Page 1 of 1, 50 records, sorted by size."]);
    expect(inspector.button("Next").disabled).toBe(true);
    expect(inspector.root.querySelectorAll("tbody tr")).toHaveLength(50);
  },
);

test("a page whose records are all deleted gives way to the one before", async () => {
  const store = freshStore();
  const keys = Array.from({ length: 51 }, (_, i) => `k/${String(i).padStart(2, "0")}`);
  await store.writeMany(keys.map((key) => ({ key, result: 1 })));
  const inspector = InspectorPage.open(store);
  await inspector.untilKeys(keys.slice(0, 50));
  inspector.press("Next");
  await inspector.untilKeys(["k/50"]);
  await store.delete("k/50");
  await inspector.untilKeys(keys.slice(0, 50));
  expect(inspector.texts("nav .hint")).toEqual(["Page 1, 50 records."]);
});

test("very many records block the page for less than 50 ms at a time", { timeout: 60_000 }, async () => {
  const { store, inspector, keys, longest } = await fillWithMany();
  await inspector.untilKeys(keys.slice(0, 50));
  await untilQuiet(async () => {
    const another = InspectorPage.open(store);
    await another.untilKeys(keys.slice(0, 50));
    another.element.remove();
  });
  await untilQuiet(async () => {
    inspector.press("Next");
    await inspector.untilKeys(keys.slice(50, 100));
    inspector.press("Previous");
    await inspector.untilKeys(keys.slice(0, 50));
  });
  await untilQuiet(async () => {
    inspector.filter("k/100");
    await inspector.untilKeys(keys.slice(10_000));
    inspector.filter("");
    await inspector.untilKeys(keys.slice(0, 50));
  });
  await untilQuiet(async () => {
    inspector.press("Size");
    await inspector.untilKeys(longest.slice(0, 50));
    inspector.press("Key");
    await inspector.untilKeys(keys.slice(0, 50));
  });
});

/** Repeats a step until no task took 50 ms, because a busy machine makes every task long now and then. Only Chromium tells of them. */
async function untilQuiet(step: () => Promise<void>): Promise<void> {
  const longTasks: number[] = [];
  const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((task) => task.duration)));
  observer.observe({ type: "longtask" });
  for (let attempt = 0; attempt === 0 || (longTasks.length > 0 && attempt < 20); attempt++) {
    longTasks.length = 0;
    await step();
    // entries come a task later
    await new Promise((resolve) => requestAnimationFrame(resolve));
    await new Promise((resolve) => setTimeout(resolve));
  }
  observer.disconnect();
  expect(longTasks).toEqual([]);
}
