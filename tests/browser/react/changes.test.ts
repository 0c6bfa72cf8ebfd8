import { flushSync } from "react-dom";
import { expect, test } from "vitest";
import { Computations, h, openStore, Screen } from "./react-tools.ts";
import { press, Shown } from "./shown.ts";

test("an invalidation elsewhere computes again, and the old value is stale meanwhile", async () => {
  const name = crypto.randomUUID();
  const [store, other, computations, screen] = [openStore(name), openStore(name), new Computations(), new Screen()];
  screen.render(h(Shown, { store, compute: computations.compute, options: { tags: ["rows"] } }));
  (await computations.nth(1)).resolve("first");
  await screen.shows("success, first");
  await other.invalidate({ tags: ["rows"] });
  await screen.shows("success, first, stale");
  (await computations.nth(2)).resolve("second");
  await screen.shows("success, second");
  press(screen, "invalidate");
  (await computations.nth(3)).resolve("third");
  await screen.shows("success, third");
  await other.delete("key");
  await other.clear();
  await expect.poll(() => computations.begun.length).toBeGreaterThan(3);
});

test("an invalidation while the first computation runs begins another one", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  screen.render(h(Shown, { store, compute: computations.compute }));
  const { signal, resolve } = await computations.nth(1);
  await store.invalidate("key");
  const second = await computations.nth(2);
  expect(signal.aborted).toBe(true);
  resolve("outdated");
  second.resolve("seven");
  await screen.shows("success, seven");
});

test("a result that is written elsewhere shows without a computation, even after an error", async () => {
  const name = crypto.randomUUID();
  const [store, other, computations, screen] = [openStore(name), openStore(name), new Computations(), new Screen()];
  screen.render(h(Shown, { store, compute: computations.compute }));
  (await computations.nth(1)).reject(new Error("no"));
  await screen.shows("error, Error: no");
  await other.write("key", "written");
  await screen.shows("success, written");
  await other.write("key", "again");
  await screen.shows("success, again");
  expect(computations.begun.length).toBe(1);
});

test("a value that expires on the screen is stale, and nothing is computed", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  screen.render(h(Shown, { store, compute: computations.compute, options: { expiresIn: 300 } }));
  (await computations.nth(1)).resolve("first");
  await screen.shows("success, first");
  await screen.shows("success, first, stale");
  press(screen, "refresh");
  (await computations.nth(2)).resolve("second");
  await screen.shows("success, second");
});

test("a value that expired on the screen is computed again for a component that mounts", async () => {
  const [store, computations, screen, other] = [openStore(), new Computations(), new Screen(), new Screen()];
  const shown = { store, compute: computations.compute, options: { expiresIn: 300 } };
  screen.render(h(Shown, shown));
  (await computations.nth(1)).resolve("first");
  await screen.shows("success, first, stale");
  other.render(h(Shown, shown));
  (await computations.nth(2)).resolve("second");
  await Promise.all([screen.shows("success, second"), other.shows("success, second")]);
  other.unmount();
  other.render(h(Shown, shown));
  await other.shows("success, second");
  await other.shows("success, second, stale");
  expect(computations.begun.length).toBe(2);
});

test.each(["this context", "another one"])(
  "a result that is written in %s stays, whatever becomes of the computation that began before",
  async (place) => {
    const name = crypto.randomUUID();
    const [store, computations] = [openStore(name), new Computations()];
    const writer = place === "this context" ? store : openStore(name);
    const end = async (key: string, outcome: "resolve" | "reject") => {
      const [screen, seen] = [new Screen(), [] as { value: unknown; error: unknown; name: string }[]];
      const count = computations.begun.length + 1;
      screen.render(h(Shown, { store, name: key, compute: computations.compute, seen: seen as never }));
      const computation = await computations.nth(count);
      await writer.write(key, "written");
      await screen.shows("success, written");
      computation.progress(0.5, "half");
      await screen.shows("success, written, 0.5 half");
      computation[outcome]("outdated");
      await screen.shows("success, written");
      expect(seen.filter(({ value, error }) => value === "outdated" || error)).toEqual([]);
    };
    await end("one", "resolve");
    await end("other", "reject");
  },
);

test("a stale value that was replaced does not come back if its own replacement fails", async () => {
  const name = crypto.randomUUID();
  const [other, computations, screen] = [openStore(name), new Computations(), new Screen()];
  const store = openStore(name).withOptions({ onEvent: () => {} });
  const options = { expiresIn: "1h", staleWhileRevalidate: "1h" };
  await store.getOrCompute("key", () => "old", options);
  await store.invalidate("key", { mode: "expire" });
  screen.render(h(Shown, { store, compute: computations.compute, options }));
  const computation = await computations.nth(1);
  await screen.shows("success, old, stale");
  await other.write("key", "written", { expiresIn: "1h" });
  await screen.shows("success, written");
  computation.progress(0.5, "half");
  await screen.shows("success, written, 0.5 half");
  computation.reject(new Error("no"));
  await screen.shows("success, written");
});

test("a refresh that fails shows its error, whatever was written meanwhile", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  await store.write("key", "first");
  screen.render(h(Shown, { store, compute: computations.compute }));
  await screen.shows("success, first");
  press(screen, "refresh");
  const computation = await computations.nth(1);
  await store.write("key", "written");
  await screen.shows("success, written");
  computation.reject(new Error("no"));
  await screen.shows("error, written, Error: no");
});

test("a record that was kept is read with the options of the last rendering", async () => {
  const [store, screen] = [openStore(), new Screen()];
  const render = (unit: string) => {
    const validate = (value: unknown) => ({ value: `${String(value)} ${unit}` });
    const schema = { "~standard": { version: 1, vendor: "test", validate } } as const;
    flushSync(() => screen.render(h(Shown, { store, compute: async () => "one", options: { schema } })));
  };
  render("km");
  await screen.shows("success, one km");
  render("miles");
  await store.write("key", "two");
  await screen.shows("success, two miles");
});

test("options that no call can have are an error, and a change of the record makes no other", async () => {
  const name = crypto.randomUUID();
  const [store, other, screen, right] = [openStore(name), openStore(name), new Screen(), new Screen()];
  const compute = async () => "computed";
  screen.render(h(Shown, { store, compute, options: { staleWhileRevalidate: "soon" } }));
  await expect.poll(() => screen.text).toContain("error, InvalidArgumentError");
  right.render(h(Shown, { store: other, compute }));
  await right.shows("success, computed");
  await other.write("key", "written");
  await right.shows("success, written");
  expect(screen.text).toContain("error, InvalidArgumentError");
});
