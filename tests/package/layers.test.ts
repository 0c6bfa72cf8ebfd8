import { expect, test } from "vitest";
import { importCycles, layerCrossings } from "./layers.ts";
import { importsOf, type Modules, readModules } from "./module-graph.ts";

const source = await readModules("src", ".ts");

/** A source tree of one module that holds one line. */
function moduleOf(path: string, line: string): Modules {
  return new Map([[path, importsOf(path, line)]]);
}

test("no module of src imports across a layer", () => {
  expect(layerCrossings(source)).toEqual([]);
});

test("no modules of src import each other in a ring", () => {
  expect(importCycles(source)).toEqual([]);
});

test.each([
  ["core/duration.ts", `import { x } from "../browser/index.ts";`],
  ["core/duration.ts", `import type { X } from "../browser/index.ts";`],
  ["core/duration.ts", `export * from "../node/index.ts";`],
  ["core/duration.ts", `export type X = import("../browser/index.ts").X;`],
  ["core/duration.ts", `const x = await import("../browser/index.ts");`],
  ["core/duration.ts", `import { x } from "../index.ts";`],
  ["core/duration.ts", `import { readFile } from "node:fs/promises";`],
  ["core/duration.ts", `import { Buffer } from "buffer";`],
  ["core/duration.ts", `import { get } from "idb-keyval";`],
  ["core/duration.ts", `import { vi } from "vitest";`],
  ["errors/reprise-error.ts", `import { x } from "../core/duration.ts";`],
  ["browser/index.ts", `import { x } from "../node/index.ts";`],
  ["node/index.ts", `import { x } from "../testing/index.ts";`],
  ["index.ts", `export * from "./browser/index.ts";`],
  ["elsewhere/x.ts", `export {};`],
])("a crossing is caught: %s with %s", (path, line) => {
  expect(layerCrossings(moduleOf(path, line))).toHaveLength(1);
});

test("text that only looks like an import is none", () => {
  const line = `// import "../browser/index.ts";\nexport const text = 'import "../browser/index.ts"';`;
  expect(layerCrossings(moduleOf("core/duration.ts", line))).toEqual([]);
});

test("a ring is caught, and one of types alone is none", () => {
  const ring = (kind: string) =>
    new Map([
      ["core/a.ts", importsOf("a.ts", `import ${kind} { b } from "./b.ts";`)],
      ["core/b.ts", importsOf("b.ts", `import { a } from "./a.ts";`)],
    ]);
  expect(importCycles(ring(""))).toEqual(["core/a.ts -> core/b.ts -> core/a.ts"]);
  expect(importCycles(ring("type"))).toEqual([]);
});
