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
