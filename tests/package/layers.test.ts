import { expect, test } from "vitest";
import { importCycles, layerCrossings } from "./layers.ts";
import { importsOf, type Modules, readModules } from "./module-graph.ts";

const source = await readModules(["src", "workers"], ".ts");

/** A source tree of one module that holds one line. */
function moduleOf(path: string, line: string): Modules {
  return new Map([[path, importsOf(path, line)]]);
}

test("no module imports across a layer", () => {
  expect(layerCrossings(source)).toEqual([]);
});

test("no modules import each other in a ring", () => {
  expect(importCycles(source)).toEqual([]);
});

test.each([
  ["src/core/support/duration.ts", `import { x } from "../browser/index.ts";`],
  ["src/core/support/duration.ts", `import type { X } from "../browser/index.ts";`],
  ["src/core/support/duration.ts", `export * from "../node/index.ts";`],
  ["src/core/support/duration.ts", `export type X = import("../browser/index.ts").X;`],
  ["src/core/support/duration.ts", `const x = await import("../browser/index.ts");`],
  ["src/core/support/duration.ts", `import { x } from "../index.ts";`],
  ["src/core/support/duration.ts", `import { readFile } from "node:fs/promises";`],
  ["src/core/support/duration.ts", `import { Buffer } from "buffer";`],
  ["src/core/support/duration.ts", `import { get } from "idb-keyval";`],
  ["src/core/support/duration.ts", `import { vi } from "vitest";`],
  ["src/errors/reprise-error.ts", `import { x } from "../core/duration.ts";`],
  ["src/browser/index.ts", `import { x } from "../node/index.ts";`],
  ["src/node/index.ts", `import { x } from "../testing/index.ts";`],
  ["src/index.ts", `export * from "./browser/index.ts";`],
  ["src/edge/index.ts", `import { env } from "cloudflare:workers";`],
  ["src/edge/index.ts", `import { x } from "../http/index.ts";`],
  ["src/edge/index.ts", `import { x } from "../../workers/entry.ts";`],
  ["src/core/support/duration.ts", `const x = await import(name);`],
  ["src/http/index.ts", `import { Hono } from "hono";`],
  ["workers/index.ts", `import { x } from "../src/browser/index.ts";`],
  ["src/elsewhere/x.ts", `export {};`],
])("a crossing is caught: %s with %s", (path, line) => {
  expect(layerCrossings(moduleOf(path, line))).toHaveLength(1);
});

test("text that only looks like an import is none", () => {
  const line = `// import "../browser/index.ts";\nexport const text = 'import "../browser/index.ts"';`;
  expect(layerCrossings(moduleOf("src/core/support/duration.ts", line))).toEqual([]);
});

test("a ring is caught, and one of types alone is none", () => {
  const ring = (kind: string) =>
    new Map([
      ["src/core/a.ts", importsOf("a.ts", `import ${kind} { b } from "./b.ts";`)],
      ["src/core/b.ts", importsOf("b.ts", `import { a } from "./a.ts";`)],
    ]);
  expect(importCycles(ring(""))).toEqual(["src/core/a.ts -> src/core/b.ts -> src/core/a.ts"]);
  expect(importCycles(ring("type"))).toEqual([]);
});
