import axe from "axe-core";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { task } from "../../../src/browser/store/runtime.ts";
import { defineInspector } from "../../../src/inspector/inspect.ts";
import { freshStore, InspectorPage } from "./inspector-page.ts";

afterEach(() => document.documentElement.style.removeProperty("color-scheme"));

/** What a checker of WCAG finds wrong. */
async function violations(): Promise<string[]> {
  const { violations: found } = await axe.run("reprise-inspector");
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

/** An inspector with something in each of its views. */
async function filled(attributes: Readonly<Record<string, string>>): Promise<InspectorPage> {
  let now = Date.now();
  const store = freshStore({ now: () => now });
  const inspector = InspectorPage.open(store, attributes);
  await store.getOrCompute("maps/oslo", () => ({ rows: [1, 2] }), { expiresIn: "1h", tags: ["roads"] });
  await store.getOrCompute("stale", () => 1, { expiresIn: "1m", staleWhileRevalidate: "1d" });
  await store.write("expired", 1, { expiresIn: "1m" });
  await store.getOrCompute("fails", () => Promise.reject(new Error("no"))).catch(() => {});
  now += 120_000;
  const { promise, resolve } = Promise.withResolvers<void>();
  const running = store.getOrCompute("runs", ({ progress }) => {
    progress(0.5, "half");
    return promise;
  });
  onTestFinished(async () => {
    resolve();
    await running;
  });
  await inspector.untilKeys(["expired", "maps/oslo", "stale"]);
  return inspector;
}

describe.each([
  ["in a light page", "light", undefined, ""],
  ["in a dark page", "dark", undefined, ""],
  ["dark in a light page", "light", "dark", ""],
  ["light in a dark page", "dark", "light", ""],
  ["as narrow as a phone", "light", undefined, "390px"],
  ["as narrow as a phone, and dark", "dark", undefined, "390px"],
])("%s", (_, scheme, theme, width) => {
  test("every view has what assistive technologies need, and enough contrast", async () => {
    document.documentElement.style.colorScheme = scheme;
    const inspector = await filled(theme === undefined ? {} : { theme });
    inspector.element.style.width = width;
    const { backgroundColor } = getComputedStyle(inspector.all(".root")[0]!);
    expect(backgroundColor).toBe((theme ?? scheme) === "dark" ? "rgb(21, 27, 32)" : "rgb(255, 255, 255)");
    expect(await violations()).toEqual([]);
    inspector.press("Activity");
    await expect.poll(() => inspector.all("progress")).toHaveLength(1);
    expect(await violations()).toEqual([]);
    inspector.press("Events");
    await expect.poll(() => inspector.all(".events li").length).toBeGreaterThan(5);
    expect(await violations()).toEqual([]);
    inspector.press("Records");
    await inspector.look("maps/oslo");
    expect(await violations()).toEqual([]);
    inspector.press("Close");
    inspector.press("Delete matching");
    expect(await violations()).toEqual([]);
    inspector.press("Cancel");
    expect(inspector.element.scrollWidth).toBeLessThanOrEqual(inspector.element.clientWidth);
  });
});

test("arrow keys go through the views and the records; each takes one stop of the Tab key", async () => {
  const inspector = await filled({});
  inspector.button("Records").focus();
  inspector.key("ArrowRight");
  expect(inspector.root.activeElement).toBe(inspector.button("Activity"));
  expect(inspector.texts("[aria-selected=true]")).toEqual(["Activity"]);
  inspector.key("ArrowLeft");
  inspector.key("ArrowLeft");
  expect(inspector.texts("[aria-selected=true]")).toEqual(["Events"]);
  inspector.key("Home");
  expect(inspector.all("[role=tab]").map(({ tabIndex }) => tabIndex)).toEqual([0, -1, -1]);

  inspector.button("expired").focus();
  inspector.key("ArrowDown");
  expect(inspector.root.activeElement).toBe(inspector.button("maps/oslo"));
  inspector.key("End");
  expect(inspector.root.activeElement).toBe(inspector.button("stale"));
  inspector.key("ArrowDown");
  expect(inspector.root.activeElement).toBe(inspector.button("expired"));
  inspector.key("ArrowUp");
  expect(inspector.all("button.key").map(({ tabIndex }) => tabIndex)).toEqual([-1, -1, 0]);
});

test("the focus of a record that goes moves to its neighbour", async () => {
  const inspector = await filled({});
  inspector.button("maps/oslo").focus();
  await inspector.element.store!.delete("maps/oslo");
  await inspector.untilKeys(["expired", "stale"]);
  expect(inspector.root.activeElement).toBe(inspector.button("stale"));
});

test("a docked inspector opens by its button, and Escape closes it", async () => {
  const store = freshStore();
  await store.write("k", 1);
  const inspector = InspectorPage.inspect(store);
  expect(inspector.all("button").map(({ textContent }) => textContent)).toEqual(["Reprise"]);
  expect(inspector.button("Reprise").ariaExpanded).toBe("false");
  expect(await violations()).toEqual([]);
  inspector.press("Reprise");
  await inspector.untilKeys(["k"]);
  expect(await violations()).toEqual([]);
  inspector.field("filter").focus();
  inspector.key("Escape");
  expect(inspector.keys()).toEqual([]);
  expect(inspector.root.activeElement).toBe(inspector.button("Reprise"));
});

test("the attribute docked can come and go; an open inspector stays open", async () => {
  const store = freshStore();
  await store.write("k", 1);
  const inspector = InspectorPage.open(store);
  await inspector.untilKeys(["k"]);
  inspector.element.setAttribute("docked", "");
  expect(inspector.button("Reprise").ariaExpanded).toBe("true");
  expect(inspector.keys()).toEqual(["k"]);
  inspector.press("Reprise");
  expect(inspector.keys()).toEqual([]);
  inspector.element.removeAttribute("docked");
  expect(inspector.texts(".head > :first-child, .name")).toEqual(["Reprise"]);
  await inspector.untilKeys(["k"]);
});

test("without a store it shows the page's default store, once a task has used that", async () => {
  const inspector = InspectorPage.open(undefined);
  expect(inspector.texts(".head .hint")).toEqual(["No store is in use yet."]);
  expect(await violations()).toEqual([]);
  const double = task(({ n }: { n: number }) => 2 * n, { name: `double ${crypto.randomUUID()}` });
  await double({ n: 2 });
  await expect.poll(() => inspector.keys().length).toBeGreaterThan(0);
  await double({ n: 3 });
  inspector.press("Events");
  await expect.poll(() => inspector.texts(".events .type")).toContain("compute-end");
});

test("another store takes the place of the first, which is no longer listened to", async () => {
  const [first, second] = [freshStore(), freshStore()];
  await first.write("first", 1);
  await second.write("second", 1);
  const inspector = InspectorPage.open(first);
  await inspector.untilKeys(["first"]);
  inspector.element.store = second;
  await inspector.untilKeys(["second"]);
  expect([first.onEvent, second.onEvent]).toEqual([undefined, expect.any(Function)]);
  document.body.prepend(inspector.element);
  await inspector.untilKeys(["second"]);
  inspector.element.remove();
  expect(second.onEvent).toBeUndefined();
  document.body.append(inspector.element);
  await second.write("third", 1);
  await inspector.untilKeys(["second", "third"]);
});

test("anything but a store is refused", () => {
  const inspector = InspectorPage.open(undefined);
  expect(() => (inspector.element.store = {} as never)).toThrow(
    "<reprise-inspector> needs a ResultStore as its first argument; got object",
  );
});

test("a store that was set before the element was defined is shown", async () => {
  const store = freshStore();
  await store.write("k", 1);
  const undefinedYet = document.implementation.createHTMLDocument().createElement("reprise-inspector");
  Object.assign(undefinedYet, { store });
  document.body.append(undefinedYet);
  await new InspectorPage(undefinedYet).untilKeys(["k"]);
});

test("the element can be defined once more, as a page with two copies of the library does", () => {
  expect(defineInspector).not.toThrow();
});

test("a strict content security policy allows it", async () => {
  const frame = document.createElement("iframe");
  const source = new URL("./strict-page.ts", import.meta.url).href;
  frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="style-src 'none'; script-src ${location.origin}">
    <script type="module" src="${source}"></script>`;
  onTestFinished(() => frame.remove());
  const told = new Promise<unknown>((resolve) =>
    addEventListener("message", (event) => event.source === frame.contentWindow && resolve(event.data)),
  );
  document.body.append(frame);
  expect(await told).toEqual({ radius: "5.6px", violations: [] });
});
