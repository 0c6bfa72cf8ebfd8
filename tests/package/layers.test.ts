import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { forbiddenImports, importRings, roomOf, rooms } from "./layers.ts";
import { importsOf, type Modules, projectRoot, readModules } from "./module-graph.ts";
import { drawnArrows, roomArrows } from "./room-picture.ts";

const source = await readModules(["src", "workers"], ".ts");

/** A source tree of one module that holds one line. */
function moduleOf(path: string, line: string): Modules {
  return new Map([[path, importsOf(path, line)]]);
}

test("every room imports only rooms below it, and nothing is loaded lazily", () => {
  expect(forbiddenImports(source)).toEqual([]);
});

test("no modules import each other in a ring, types included", () => {
  expect(importRings(source)).toEqual([]);
});

test("every room that is listed has modules, and a README of at most 15 lines", async () => {
  const used = new Set([...source.keys()].map(roomOf));
  expect(rooms.filter((room) => !used.has(room))).toEqual([]);
  const files = [...used].map((room) => `${room}/README.md`);
  expect(files.filter((file) => !existsSync(join(projectRoot, file)))).toEqual([]);
  const lengths = await Promise.all(
    files.map(async (file) => (await readFile(join(projectRoot, file), "utf8")).trim().split("\n").length),
  );
  expect(files.filter((_, i) => lengths[i]! > 15)).toEqual([]);
});

test("the picture in CONTRIBUTING.md shows the rooms as they import each other", async () => {
  const document = await readFile(join(projectRoot, "CONTRIBUTING.md"), "utf8");
  expect(drawnArrows(document)).toEqual(roomArrows(source));
});

test.each([
  ["src/core/support/duration.ts", `import { x } from "../../browser/index.ts";`],
  ["src/core/support/duration.ts", `import type { X } from "../../browser/index.ts";`],
  ["src/core/support/duration.ts", `import type { X } from "../record/result-record.ts";`],
  ["src/core/support/duration.ts", `export * from "../../node/index.ts";`],
  ["src/core/support/duration.ts", `export type X = import("../../browser/index.ts").X;`],
  ["src/core/support/duration.ts", `const x = await import("../../browser/index.ts");`],
  ["src/core/cache/x.ts", `const x = await import("lru.min");`],
  ["src/core/support/duration.ts", `import { x } from "../../index.ts";`],
  ["src/core/support/duration.ts", `import { readFile } from "node:fs/promises";`],
  ["src/core/support/duration.ts", `import { Buffer } from "buffer";`],
  ["src/core/support/duration.ts", `import { get } from "idb-keyval";`],
  ["src/core/support/duration.ts", `import { vi } from "vitest";`],
  ["src/core/support/duration.ts", `const x = await import(name);`],
  ["src/core/options/x.ts", `import type { Task } from "../tasks/task.ts";`],
  ["src/core/options/x.ts", `import { x } from "../keys/hash.ts";`],
  ["src/core/tasks/x.ts", `import type { X } from "../transactions/transaction.ts";`],
  ["src/core/tasks/x.ts", `import { x } from "../deferred/deferred-call.ts";`],
  ["src/errors/reprise-error.ts", `import { x } from "../core/support/duration.ts";`],
  ["src/browser/index.ts", `import { x } from "../node/index.ts";`],
  ["src/browser/store/x.ts", `import { x } from "../../edge/kv/kv-keys.ts";`],
  ["src/node/index.ts", `import { x } from "../edge/index.ts";`],
  ["src/index.ts", `export * from "./browser/index.ts";`],
  ["src/edge/index.ts", `import { env } from "cloudflare:workers";`],
  ["src/edge/index.ts", `import { x } from "../../workers/entry.ts";`],
  ["src/http/index.ts", `import { Hono } from "hono";`],
  ["workers/index.ts", `import { x } from "../src/browser/index.ts";`],
  ["src/elsewhere/x.ts", `export {};`],
])("a forbidden import is caught: %s with %s", (path, line) => {
  expect(forbiddenImports(moduleOf(path, line))).toHaveLength(1);
});

test("text that only looks like an import is none", () => {
  const line = `// import "../browser/index.ts";\nexport const text = 'import "../browser/index.ts"';`;
  expect(forbiddenImports(moduleOf("src/core/support/duration.ts", line))).toEqual([]);
});

test.each(["", "type"])("a ring is caught: import %s", (kind) => {
  const ring = new Map([
    ["src/core/a.ts", importsOf("a.ts", `import ${kind} { b } from "./b.ts";`)],
    ["src/core/b.ts", importsOf("b.ts", `import { a } from "./a.ts";`)],
  ]);
  expect(importRings(ring)).toEqual(["src/core/a.ts -> src/core/b.ts -> src/core/a.ts"]);
});
