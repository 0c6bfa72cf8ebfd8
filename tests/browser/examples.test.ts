import { afterAll, beforeAll, expect, test, vi } from "vitest";
import examples from "virtual:examples/browser";
import { createResultStore } from "../../src/browser/store/create-result-store.ts";
import { store } from "../examples/prelude.ts";

beforeAll(() => {
  for (const method of ["dir", "log", "warn", "error"] as const) vi.spyOn(console, method).mockReturnValue();
});

afterAll(async () => {
  for (const each of [store, createResultStore()]) await each.clear();
});

test("the README has examples", () => {
  expect(examples.filter(({ name }) => name.startsWith("README.md")).length).toBeGreaterThan(5);
});

test.each(examples)("the example at $name runs", async ({ load }) => {
  const { run } = await load();
  await run();
});
