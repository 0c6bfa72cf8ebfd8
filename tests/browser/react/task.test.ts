import { Suspense } from "react";
import { expect, onTestFinished, test } from "vitest";
import { getRunContext, INPUTS, NO_CACHE, task } from "../../../src/browser/index.ts";
import type { TaskMembers } from "../../../src/core/tasks/task.ts";
import { useResult, useSuspenseResult } from "../../../src/integrations/react/index.ts";
import { h, openStore, Screen } from "./react-tools.ts";

interface ShownProps<Args extends readonly unknown[]> {
  readonly of: TaskMembers<Args, string>;
  readonly args: NoInfer<Args>;
}

let press: { refresh(): Promise<void>; invalidate(): Promise<void> };

function Shown<Args extends readonly unknown[]>({ of, args }: ShownProps<Args>) {
  const { status, value, error, isStale, progress, refresh, invalidate } = useResult(of, args);
  press = { refresh, invalidate };
  const all = [status, value, error, isStale && "stale", progress && `${progress.fraction}`];
  return h("p", null, all.filter(Boolean).join(", "));
}

/** An element of `Shown`, whose type parameter `createElement` can't infer. */
function show<Args extends readonly unknown[]>(props: ShownProps<Args>, key?: number) {
  return h(Shown<Args>, { ...props, key });
}

/** A task whose calls end when the test says so. */
function slowTask(options: Parameters<typeof task>[1] = {}) {
  const calls: (ReturnType<typeof getRunContext> & PromiseWithResolvers<string>)[] = [];
  const slow = task(
    ({ city }: { city: string; about?: unknown }) => {
      const { progress, signal } = getRunContext();
      const outcome = Promise.withResolvers<string>();
      signal.addEventListener("abort", () => outcome.reject(signal.reason));
      calls.push({ ...outcome, progress, signal, parameters: { city } } as never);
      return outcome.promise;
    },
    { name: crypto.randomUUID(), version: "1", store: openStore(), ...(options as object) },
  );
  const nth = async (count: number) => {
    await expect.poll(() => calls.length).toBe(count);
    return calls[count - 1]!;
  };
  return { slow, calls, nth };
}

test("equal arguments share a call, whichever objects they are", async () => {
  const { slow, calls, nth } = slowTask();
  const screen = new Screen();
  const render = (city: string) =>
    screen.render([
      show({ of: slow, args: [{ city, about: undefined }] }, 1),
      show({ of: slow, args: [{ about: undefined, city }] }, 2),
    ]);
  render("oslo");
  const first = await nth(1);
  first.progress(0.5);
  await screen.shows("pending, 0.5pending, 0.5");
  render("oslo");
  first.resolve("of oslo");
  await screen.shows("success, of oslosuccess, of oslo");
  render("bergen");
  const second = await nth(2);
  expect(screen.text).not.toContain("oslo");
  render("oslo");
  await screen.shows("success, of oslosuccess, of oslo");
  await expect.poll(() => second.signal.aborted).toBe(true);
  expect([calls.length, ...screen.complaints]).toEqual([2]);
});

test("a task is invalidated, refreshed and aborted like a key", async () => {
  const heard: number[] = [];
  const { slow, nth } = slowTask({ onProgress: ({ fraction }) => heard.push(fraction) });
  const screen = new Screen();
  screen.render(show({ of: slow, args: [{ city: "oslo" }] }));
  const first = await nth(1);
  first.progress(0.5);
  await screen.shows("pending, 0.5");
  first.resolve("first");
  await screen.shows("success, first");
  await slow.invalidate([{ city: "oslo" }]);
  await screen.shows("success, first, stale");
  (await nth(2)).resolve("second");
  await screen.shows("success, second");
  await press.invalidate();
  (await nth(3)).resolve("third");
  await screen.shows("success, third");
  void press.refresh();
  const { signal } = await nth(4);
  screen.unmount();
  await expect.poll(() => signal.aborted).toBe(true);
  expect(heard).toEqual([0.5]);
});

test("a stale result of a task shows until the new one is there", async () => {
  const { slow, nth } = slowTask({ cacheExpiration: "1h", staleWhileRevalidate: "1h" });
  const screen = new Screen();
  const [args] = [[{ city: "oslo" }] as [{ city: string }]];
  void slow(...args);
  (await nth(1)).resolve("first");
  await slow(...args);
  await slow.invalidate(args, { mode: "expire" });
  screen.render(show({ of: slow, args }));
  await screen.shows("success, first, stale");
  const second = await nth(2);
  second.progress(0.5);
  await screen.shows("success, first, stale, 0.5");
  second.resolve("second");
  await screen.shows("success, second");
});

test("inputs that the key leaves out may be anything, and those without a hash are an error", async () => {
  const policy = INPUTS.minus("about");
  const { slow, nth } = slowTask({ cachePolicy: policy });
  const screen = new Screen();
  const render = () => screen.render(show({ of: slow, args: [{ city: "oslo", about: () => {} }] }));
  render();
  (await nth(1)).resolve("of oslo");
  await screen.shows("success, of oslo");
  render();
  await screen.shows("success, of oslo");
  const other = slowTask();
  screen.render(show({ of: other.slow, args: [{ city: "oslo", about: () => {} }] }));
  await expect.poll(() => screen.complaints.join()).toContain("HashError");
});

test("long inputs and large binaries, whose key is not at hand while rendering, share a call too", async () => {
  const { slow, calls, nth } = slowTask();
  const screen = new Screen();
  const bytes = new Uint8Array(100_000);
  const render = (city: string) => screen.render(show({ of: slow, args: [{ city, about: { bytes } }] }));
  render("oslo ".repeat(1_000));
  (await nth(1)).resolve("first");
  await screen.shows("success, first");
  render("oslo ".repeat(1_000));
  render("bergen ".repeat(1_000));
  (await nth(2)).resolve("second");
  await screen.shows("success, second");
  const suspending = new Screen();
  function Suspending() {
    return useSuspenseResult(slow, [{ city: "oslo ".repeat(1_000), about: { bytes } }]).value;
  }
  suspending.render(h(Suspense, { fallback: "waiting" }, h(Suspending)));
  await suspending.shows("first");
  expect([calls.length, ...screen.complaints, ...suspending.complaints]).toEqual([2]);
});

test.each([
  ["a task that keeps nothing", { cachePolicy: NO_CACHE }],
  ["a task that keeps results in memory alone", { persistResult: false, cacheResultInMemory: true }],
  ["a task that computes in any case", { refreshCache: true }],
])("%s computes once for each component, and again when it is asked to", async (_, options) => {
  const { slow, calls, nth } = slowTask(options);
  const screen = new Screen();
  screen.render(show({ of: slow, args: [{ city: "oslo" }] }));
  (await nth(1)).resolve("first");
  await screen.shows("success, first");
  void press.refresh();
  (await nth(2)).resolve("second");
  await screen.shows("success, second");
  void press.invalidate();
  const { signal } = await nth(3);
  screen.unmount();
  await expect.poll(() => signal.aborted).toBe(true);
  expect([calls.length, ...screen.complaints]).toEqual([3]);
});

test("a call of a task has no options, and its arguments are in an array", async () => {
  const { slow } = slowTask();
  const screen = new Screen();
  const useAnything = useResult as (...given: readonly unknown[]) => { status: string };
  const Wrong = ({ given }: { given: readonly unknown[] }) => useAnything(...given).status;
  screen.render(h(Wrong, { given: [slow, [{ city: "oslo" }], { expiresIn: 1 }] }));
  await expect.poll(() => screen.complaints.join()).toContain("use task.withOptions(…)");
  const other = new Screen();
  other.render(h(Wrong, { given: [slow, { city: "oslo" }] }));
  await expect.poll(() => other.complaints.join()).toContain("as an array: useResult(task, [argument])");
  const third = new Screen();
  third.render(h(Wrong, { given: [async () => "", []] }));
  await expect.poll(() => third.complaints.join()).toContain("with task(function, { name })");
  onTestFinished(() => slow.options.store?.close());
});

const unkept = task(async (city: string) => `of ${city}`, { name: "unkept", cachePolicy: NO_CACHE });
const city = async (name: string) => `of ${name}`;

test.each([
  ["a task", "Create a task once", () => task(async (name: string) => city(name), { name: "inline", version: "1" })],
  [
    "options of a task that keeps nothing",
    "outside of the component",
    () => unkept.withOptions({ computeTimeout: "1m" }),
  ],
])(
  "%s that a component makes anew with each rendering is an error, and no endless loop",
  async (_, complaint, make) => {
    const screen = new Screen();
    let renderings = 0;
    function Inline() {
      if (renderings++ > 200) return h("p", null, "an endless loop");
      return h("p", null, useResult(make(), ["oslo"]).status);
    }
    screen.render(h(Inline));
    await expect.poll(() => screen.complaints.join()).toContain(complaint);
    expect(screen.text).toBe("");
  },
);
