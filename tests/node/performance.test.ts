import { describe, expect, test } from "vitest";
import { browserCases } from "../bench/browser/browser-cases.ts";
import { memoryWorks } from "../bench/memory/memory-page.ts";
import { nodeCases } from "../bench/node-cases.ts";
import { performanceFiles } from "../bench/performance/document.ts";
import { readResults } from "../bench/performance/kept-results.ts";
import { type Target, targets } from "../bench/targets.ts";

// Where this fails: npm run bench -- --draw
test("docs/performance.md and its pictures are what the kept numbers give", async () => {
  for (const { written, drawn } of await performanceFiles()) expect(written).toBe(drawn);
});

test("the kept numbers have a row for each target", async () => {
  const { rows } = await readResults();
  expect(rows.results.map(({ id }) => id)).toEqual(targets.map(({ id }) => id));
});

describe("each target is measured", () => {
  const idsIn = (runtime: Target["runtime"]) =>
    targets.filter((target) => target.runtime === runtime).map(({ id }) => id as string);

  test("in Node", () => expect(Object.keys(nodeCases).sort()).toEqual(idsIn("node").sort()));

  test("in Chromium, in one page, but for those that need several", () => {
    const others = ["reload-hit", "stampede"];
    expect([...Object.keys(browserCases), ...others].sort()).toEqual(idsIn("chromium").sort());
  });

  test("for its memory", () => expect(Object.keys(memoryWorks).sort()).toEqual(idsIn("memory").sort()));
});

test("the targets are those of the list", () => {
  expect(targets.map(({ id, target }) => [id, target])).toEqual([
    ["memory-hit", 0.25],
    ["task-hit", 1.5],
    ["encode-json", 1.6],
    ["decode-json", 1.15],
    ["encode-rich", 1.05],
    ["decode-rich", 1.05],
    ["encode-binary", 1.5],
    ["decode-binary", 0.4],
    ["idb-write-1000", 1.3],
    ["idb-read-1000", 1.3],
    ["idb-write-1", 1.15],
    ["idb-read-1", 1.15],
    ["idb-hit-1", 1.15],
    ["reload-hit", 1.5],
    ["idb-miss-1", 1.5],
    ["swr-hit", 1.3],
    ["idb-write-32mb", 1.2],
    ["idb-read-32mb", 1],
    ["idb-list-10000", 0.35],
    ["lock-1000", 1.5],
    ["lock-1", 3.5],
    ["kv-hit", 1.1],
    ["r2-hit", 1.1],
    ["edge-miss", 1.2],
    ["http-hit", 1.1],
    ["stampede", 1.1],
    ["mem-100mb", 2],
    ["mem-list-100000", 0.75],
    ["mem-flight-10000", 2.5],
    ["size-core", 1],
    ["size-store", 1],
    ["size-default", 1],
    ["size-task", 1],
  ]);
});
