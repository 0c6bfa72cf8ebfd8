import { expect, test } from "vitest";
import type { ResultState } from "../../../src/integrations/react/index.ts";
import { Computations, h, openStore, Screen } from "./react-tools.ts";
import { press, Shown } from "./shown.ts";

test("StrictMode begins one computation, and another page replays it", async () => {
  const name = crypto.randomUUID();
  const [computations, first, second] = [new Computations(), new Screen(), new Screen()];
  first.render(h(Shown, { store: openStore(name), compute: computations.compute }));
  await first.shows("pending");
  (await computations.nth(1)).resolve("seven");
  await first.shows("success, seven");
  second.render(h(Shown, { store: openStore(name), compute: computations.compute }));
  await second.shows("success, seven");
  expect(computations.begun.length).toBe(1);
  expect([...first.complaints, ...second.complaints]).toEqual([]);
});

test("components in one root and in another share a computation, and no two ever differ", async () => {
  const [store, computations, first, second] = [openStore(), new Computations(), new Screen(), new Screen()];
  const shown = { store, compute: computations.compute };
  const differing: string[] = [];
  const compare = () => {
    const [one, other] = [...first.container.querySelectorAll("p")].map(({ textContent }) => textContent);
    if (one !== other) differing.push(`${one} ${other}`);
  };
  new MutationObserver(compare).observe(first.container, { subtree: true, characterData: true, childList: true });
  first.render([h(Shown, { ...shown, key: 1 }), h(Shown, { ...shown, key: 2 })]);
  second.render(h(Shown, shown));
  (await computations.nth(1)).resolve("seven");
  await first.shows("success, sevensuccess, seven");
  await second.shows("success, seven");
  press(second, "refresh");
  (await computations.nth(2)).resolve("eight");
  await first.shows("success, eightsuccess, eight");
  await second.shows("success, eight");
  expect({ differing, begun: computations.begun.length }).toEqual({ differing: [], begun: 2 });
});

test("a component that mounts again shows at once what memory has", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  const seen: ResultState<unknown>[] = [];
  await store.write("key", "seven");
  screen.render(h(Shown, { store, compute: computations.compute, seen: seen as never }));
  await screen.shows("success, seven");
  expect(new Set(seen.map(({ status }) => status))).toEqual(new Set(["success"]));
  expect(seen.length).toBe(2); // StrictMode runs effects twice: nothing was rendered a second time
});

test("a stale value shows at once, with the progress of the computation that replaces it", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  const options = { expiresIn: "1h", staleWhileRevalidate: "1h" };
  await store.getOrCompute("key", () => "old", options);
  await store.invalidate("key", { mode: "expire" });
  screen.render(h(Shown, { store, compute: computations.compute, options }));
  const computation = await computations.nth(1);
  await screen.shows("success, old, stale");
  computation.progress(0.5, "half");
  await screen.shows("success, old, stale, 0.5 half");
  computation.resolve("new");
  await screen.shows("success, new");
  const { records } = await store.list();
  expect([records[0]!.staleFor, computations.begun.length]).toEqual([3_600_000, 1]);
});

test.each([
  ["a duration", "1h"],
  ["a function of the value", () => "1h"],
])("a stale value stays if the computation that replaces it fails: %s", async (_name, staleWhileRevalidate) => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  const options = { expiresIn: "1h", staleWhileRevalidate };
  const events: string[] = [];
  await store.getOrCompute("key", () => "old", options);
  await store.invalidate("key", { mode: "expire" });
  const told = store.withOptions({ onEvent: ({ type }) => events.push(type) });
  screen.render(h(Shown, { store: told, compute: computations.compute, options }));
  const computation = await computations.nth(1);
  computation.progress(0.5, "half");
  await screen.shows("success, old, stale, 0.5 half");
  computation.reject(new Error("no"));
  await screen.shows("success, old, stale");
  expect(events).toContain("refresh-error");
  expect(computations.begun.length).toBe(1);
});

test("a refresh keeps the value until the new one is there, and beyond if it fails", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  await store.write("key", "first");
  screen.render(h(Shown, { store, compute: computations.compute }));
  await screen.shows("success, first");
  press(screen, "refresh");
  const computation = await computations.nth(1);
  computation.progress(0.25, "quarter");
  await screen.shows("success, first, 0.25 quarter");
  computation.resolve("second");
  await screen.shows("success, second");
  press(screen, "refresh");
  (await computations.nth(2)).reject(new Error("no"));
  await screen.shows("error, second, Error: no");
  press(screen, "refresh");
  (await computations.nth(3)).resolve("third");
  await screen.shows("success, third");
});

test("after an error, a refresh waits and computes again", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  screen.render(h(Shown, { store, compute: computations.compute }));
  (await computations.nth(1)).reject(new Error("no"));
  await screen.shows("error, Error: no");
  press(screen, "refresh");
  await screen.shows("pending");
  (await computations.nth(2)).resolve("seven");
  await screen.shows("success, seven");
});

test("a second refresh takes the place of the first, whose computation aborts", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  await store.write("key", "first");
  screen.render(h(Shown, { store, compute: computations.compute }));
  await screen.shows("success, first");
  press(screen, "refresh");
  const one = await computations.nth(1);
  press(screen, "refresh");
  const other = await computations.nth(2);
  expect(one.signal.aborted).toBe(true);
  one.resolve("late");
  other.resolve("second");
  await screen.shows("success, second");
});

test("the computation aborts when the last component unmounts, and not before", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  const shown = { store, compute: computations.compute };
  screen.render([h(Shown, { ...shown, key: 1 }), h(Shown, { ...shown, key: 2 })]);
  const { signal } = await computations.nth(1);
  screen.render([h(Shown, { ...shown, key: 1 })]);
  await screen.shows("pending");
  expect(signal.aborted).toBe(false);
  screen.unmount();
  await expect.poll(() => signal.aborted).toBe(true);
  screen.render(h(Shown, shown));
  (await computations.nth(2)).resolve("seven");
  await screen.shows("success, seven");
  expect(screen.complaints).toEqual([]);
});

test("a computation that somebody else waits for goes on without the component", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  screen.render(h(Shown, { store, compute: computations.compute }));
  const { signal, resolve } = await computations.nth(1);
  const other = store.getOrCompute("key", () => "never");
  screen.unmount();
  await new Promise((done) => setTimeout(done));
  expect(signal.aborted).toBe(false);
  resolve("seven");
  expect(await other).toBe("seven");
});

test("a component that gets another key never shows the old answer for it", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  const seen: (ResultState<unknown> & { readonly name: string })[] = [];
  const shown = { store, compute: computations.compute, seen };
  screen.render(h(Shown, { ...shown, name: "one" }));
  const one = await computations.nth(1);
  screen.render(h(Shown, { ...shown, name: "two" }));
  const two = await computations.nth(2);
  await expect.poll(() => one.signal.aborted).toBe(true);
  one.resolve("of one");
  two.resolve("of two");
  await screen.shows("success, of two");
  screen.render(h(Shown, { ...shown, name: "one" }));
  (await computations.nth(3)).resolve("of one again");
  await screen.shows("success, of one again");
  const wrong = seen.filter(({ name, value }) => value !== undefined && !(value as string).startsWith(`of ${name}`));
  expect(wrong).toEqual([]);
});

test.each([
  ["undefined", undefined],
  ["null", null],
  ["nothing", ""],
  ["zero", 0],
])("%s is a value", async (_, value) => {
  const [store, screen, key] = [openStore(), new Screen(), "a/key, with “odd” characters\u0000 and 🗺"];
  const seen: ResultState<unknown>[] = [];
  const compute = async () => value as never;
  screen.render(h(Shown, { store, compute, name: key, seen: seen as never }));
  await expect.poll(() => seen.at(-1)).toMatchObject({ status: "success", value });
  expect((await store.read(key))?.result).toBe(value);
});

test("a result that can't be kept shows all the same, and so does one of a store that was closed", async () => {
  const [store, screen, other] = [openStore(), new Screen(), new Screen()];
  screen.render(h(Shown, { store, compute: async () => "seven", options: { keep: false } }));
  await screen.shows("success, seven");
  await store.close();
  other.render(h(Shown, { store, name: "other", compute: async () => "eight" }));
  await other.shows("success, eight");
});

test("a function that reports progress in a loop renders once a frame at most", async () => {
  const [store, screen] = [openStore(), new Screen()];
  const seen: ResultState<unknown>[] = [];
  const compute = async ({ progress }: { progress(fraction: number, note: string): void }) => {
    for (let i = 0; i <= 2_000; i++) {
      progress(i / 2_000, "step");
      if (i % 10 === 0) await Promise.resolve();
    }
    return "seven";
  };
  screen.render(h(Shown, { store, compute, seen: seen as never }));
  await screen.shows("success, seven");
  expect(seen.length).toBeLessThan(100);
});

test("misspelt options, keys that are none and missing functions are errors that name them", async () => {
  const [store, screen] = [openStore(), new Screen()];
  const complaintOf = async (props: object) => {
    screen.unmount();
    screen.complaints.length = 0;
    screen.render(h(Shown, { store, compute: async () => "", ...props }));
    await expect.poll(() => screen.complaints.length).toBeGreaterThan(0);
    return screen.complaints[0];
  };
  expect(await complaintOf({ options: { expiresln: "1h" } })).toContain(
    'useResult has no option "expiresln": did you mean',
  );
  expect(await complaintOf({ options: { refresh: true } })).toContain('useResult has no option "refresh"');
  expect(await complaintOf({ name: "" })).toContain("InvalidArgumentError");
  expect(await complaintOf({ compute: 7 })).toContain("useResult");
  expect(await complaintOf({ store: {} })).toContain("useResult needs a ResultStore as its first argument");
});
