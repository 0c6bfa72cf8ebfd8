import { Activity, Suspense, useLayoutEffect, useState, useTransition } from "react";
import { flushSync } from "react-dom";
import { afterEach, expect, test, vi } from "vitest";
import { resetErrors, useResult, useSuspenseResult } from "../../../src/integrations/react/index.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { Boundary, Computations, h, openStore, Screen } from "./react-tools.ts";

afterEach(() => vi.useRealTimers());

interface ShownProps {
  readonly store: ResultStore;
  readonly name?: string;
  readonly compute: Computations["compute"];
}

let press: { refresh(): Promise<void>; invalidate(): Promise<void> };

function Shown({ store, name = "key", compute }: ShownProps) {
  const { value, error, isStale, refresh, invalidate } = useSuspenseResult(store, name, compute);
  press = { refresh, invalidate };
  return h("p", null, [value, error, isStale && "stale"].filter(Boolean).join(", "));
}

const Waiting = ({ seen }: { seen?: string[] }) => {
  useLayoutEffect(() => void seen?.push("waiting"));
  return h("i", null, "waiting");
};

const within = (...children: Parameters<typeof h>[2][]) => h(Suspense, { fallback: h(Waiting) }, ...children);

test("a component suspends until its value is there, and StrictMode begins one computation", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  const shown = { store, compute: computations.compute };
  screen.render(within(h(Shown, { ...shown, key: 1 }), h(Shown, { ...shown, key: 2 })));
  await screen.shows("waiting");
  (await computations.nth(1)).resolve("seven");
  await screen.shows("sevenseven");
  expect(screen.complaints).toEqual([]);
  expect(computations.begun.length).toBe(1);
});

test("a value in memory shows without a fallback, even while React renders synchronously", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  await store.write("key", "seven");
  flushSync(() => screen.render(within(h(Shown, { store, compute: computations.compute }))));
  expect(screen.text).toBe("seven");
  await store.write("key", "eight");
  await screen.shows("eight");
  expect(computations.begun.length).toBe(0);
});

test("an error goes to the error boundary, and resetErrors lets its children compute again", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  const shown = h(Shown, { store, compute: computations.compute });
  screen.render(h(Boundary, { onRetry: resetErrors, children: within(shown) }));
  (await computations.nth(1)).reject(new Error("no"));
  await screen.shows("Error: noretry");
  screen.click("retry");
  await screen.shows("waiting");
  (await computations.nth(2)).reject(new Error("still no"));
  await screen.shows("Error: still noretry");
  screen.click("retry");
  (await computations.nth(3)).resolve("seven");
  await screen.shows("seven");
  expect(screen.complaints).toEqual([]);
});

test("resetErrors leaves a call alone that is on its way again", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  const shown = { store, compute: computations.compute };
  let refresh!: () => Promise<void>;
  function Beside() {
    const state = useResult(store, "key", computations.compute);
    refresh = state.refresh;
    return h("p", null, state.status);
  }
  const boundary = (key: string) => h(Boundary, { key, children: within(h(Shown, shown)) });
  screen.render([h(Beside, { key: "beside" }), boundary("one")]);
  (await computations.nth(1)).reject(new Error("no"));
  await screen.shows("errorError: noretry");
  void refresh();
  const { signal, resolve } = await computations.nth(2);
  screen.render([null, boundary("other")]);
  await screen.shows("waiting");
  resetErrors();
  expect(signal.aborted).toBe(false);
  resolve("seven");
  await screen.shows("seven");
});

test("without resetErrors, an error is thrown again for a second", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  screen.render(h(Boundary, { children: within(h(Shown, { store, compute: computations.compute })) }));
  (await computations.nth(1)).reject(new Error("no"));
  await screen.shows("Error: noretry");
  screen.click("retry");
  await screen.shows("Error: noretry");
  expect(computations.begun.length).toBe(1);
  await expect
    .poll(
      () => {
        if (screen.text === "Error: noretry") screen.click("retry");
        return computations.begun.length;
      },
      { interval: 1_100 },
    )
    .toBe(2);
});

test("in a transition the old value stays until the new one is there", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  const seen: string[] = [];
  function Page() {
    const [name, setName] = useState("one");
    const [isPending, startTransition] = useTransition();
    const onClick = () => startTransition(() => setName((last) => (last === "one" ? "two" : "three")));
    return h(
      Suspense,
      { fallback: h(Waiting, { seen }) },
      h("button", { onClick }, isPending ? "pending " : "next "),
      h(Shown, { store, name, compute: computations.compute }),
    );
  }
  screen.render(h(Page));
  (await computations.nth(1)).resolve("first");
  await screen.shows("next first");
  seen.length = 0;
  screen.click("next ");
  await screen.shows("pending first");
  await computations.nth(2);
  screen.click("pending ");
  (await computations.nth(3)).resolve("third");
  await screen.shows("next third");
  expect({ seen, complaints: screen.complaints }).toEqual({ seen: [], complaints: [] });
});

test("a refresh in a transition is pending until it is done", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  await store.write("key", "first");
  function Page() {
    const [isPending, startTransition] = useTransition();
    const { value, error, refresh } = useSuspenseResult(store, "key", computations.compute);
    return h("button", { onClick: () => startTransition(refresh) }, [value, error, isPending].map(String).join());
  }
  screen.render(within(h(Page)));
  await screen.shows("first,undefined,false");
  screen.click("first,undefined,false");
  await screen.shows("first,undefined,true");
  (await computations.nth(1)).resolve("second");
  await screen.shows("second,undefined,false");
  screen.click("second,undefined,false");
  (await computations.nth(2)).reject(new Error("no"));
  await screen.shows("second,Error: no,false");
});

test("a mounted component never suspends again: an invalidation leaves it its value, until the new one is there", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  screen.render(within(h(Shown, { store, compute: computations.compute })));
  (await computations.nth(1)).resolve("first");
  await screen.shows("first");
  await store.invalidate("key");
  await screen.shows("first, stale");
  (await computations.nth(2)).resolve("second");
  await screen.shows("second");
  void press.refresh();
  const third = await computations.nth(3);
  screen.unmount();
  await expect.poll(() => third.signal.aborted).toBe(true);
});

test("a hidden component ends its call, and begins it again when it is shown", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  const render = (mode: "visible" | "hidden") =>
    screen.render(h(Activity, { mode, children: within(h(Shown, { store, compute: computations.compute })) }));
  render("visible");
  (await computations.nth(1)).resolve("first");
  await screen.shows("first");
  void press.refresh();
  const second = await computations.nth(2);
  render("hidden");
  await expect.poll(() => second.signal.aborted).toBe(true);
  await store.write("key", "second");
  render("visible");
  await screen.shows("second");
});

test("a component that leaves before its value is there ends nothing that another one waits for", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  const shown = { store, compute: computations.compute };
  function Beside() {
    return h("p", null, useResult(store, "key", computations.compute).status);
  }
  screen.render([h(Beside, { key: 1 }), h(Suspense, { key: 2, fallback: "waiting" }, h(Shown, shown))]);
  await screen.shows("pendingwaiting");
  screen.render([null, h(Suspense, { key: 2, fallback: "waiting" }, h(Shown, shown))]);
  await screen.shows("waiting");
  (await computations.nth(1)).resolve("seven");
  await screen.shows("seven");
});

test("the value of a component that never mounted is forgotten after ten seconds, whatever becomes of its record", async () => {
  const [store, computations, screen] = [openStore(), new Computations(), new Screen()];
  screen.render(within(h(Shown, { store, compute: computations.compute })));
  await screen.shows("waiting");
  const first = await computations.nth(1);
  screen.render(null);
  await screen.shows("");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  first.resolve("seven");
  await vi.waitUntil(async () => store.exists("key"));
  await vi.waitUntil(() => vi.getTimerCount() > 0);
  vi.advanceTimersByTime(6_000);
  // whoever is there follows the record
  await store.invalidate("key");
  const second = await computations.nth(2);
  second.resolve("eight");
  await vi.waitUntil(async () => store.exists("key"));
  await store.exists("key"); // by now the entry has it too
  vi.advanceTimersByTime(6_000);
  vi.useRealTimers();
  await store.invalidate("key");
  // it would join the computation of an entry
  expect(await store.getOrCompute("key", () => "nine")).toBe("nine");
  expect(computations.begun.length).toBe(2);
});
