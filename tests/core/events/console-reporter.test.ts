import { expect, test } from "vitest";
import { consoleReporter } from "../../../src/core/events/console-reporter.ts";
import { createStore } from "../../stores.ts";

test("the console reporter writes a line an event, and troubles as warnings with their error", async () => {
  const lines: unknown[][] = [];
  const console = {
    log: (...line: unknown[]) => lines.push(["log", ...line]),
    warn: (...line: unknown[]) => lines.push(["warn", ...line]),
  };
  const store = createStore({ onEvent: consoleReporter({ console, label: "cache:" }) });
  await store.getOrCompute("k", () => () => "no value for a record");
  expect(lines[0]).toEqual(["log", expect.stringMatching(/^cache: call-start k call=\d+$/)]);
  expect(lines.find(([level]) => level === "warn")).toEqual([
    "warn",
    expect.stringMatching(/^cache: write-error k call=\d+$/),
    expect.objectContaining({ code: "SERIALIZATION" }),
  ]);
  expect(lines.at(-1)?.[1]).toMatch(/^cache: done k source=computed duration=\d+(\.\d\d)? call=\d+$/);
});

test("the error of a hook, and of a call, is a warning too", () => {
  const warnings: unknown[][] = [];
  const console = { log: () => {}, warn: (...line: unknown[]) => void warnings.push(line) };
  const report = consoleReporter({ console });
  const error = new Error("no");
  report({ type: "hook-error", error });
  report({ type: "call-error", key: "k", call: 1, error, duration: 2 });
  report({ type: "call-error", key: "k", call: 2, error: undefined, duration: 2 });
  expect(warnings).toEqual([
    ["[reprise] hook-error", error],
    ["[reprise] call-error k call=1 duration=2", error],
    ["[reprise] call-error k call=2 duration=2", undefined],
  ]);
});
