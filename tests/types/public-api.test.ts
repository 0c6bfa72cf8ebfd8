import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import { BuiltPackage } from "../package/built-package.ts";

const publicApi = await readFile(new URL("./public-api.types.ts", import.meta.url), "utf8");
const edgeApi = await readFile(new URL("../edge/bindings/edge-api.types.ts", import.meta.url), "utf8");
const bundler = { module: "ESNext", moduleResolution: "Bundler", lib: ["ES2022", "DOM", "DOM.Iterable"] };
const plainNode = { module: "NodeNext", lib: ["ES2022"], types: ["node"] };
const worker = { module: "ESNext", moduleResolution: "Bundler", lib: ["ES2024"], types: ["@cloudflare/workers-types"] };
const PASSED = { ok: true, output: "" };

let built: BuiltPackage;
beforeAll(async () => {
  built = await BuiltPackage.build();
  return () => built[Symbol.asyncDispose]();
}, 60_000);

test.each([
  ["a bundler", bundler],
  ["a bundler, with exact optional properties", { ...bundler, exactOptionalPropertyTypes: true }],
  ["a bundler that names the browser", { ...bundler, customConditions: ["browser"] }],
  ["Node without the DOM's types", plainNode],
  ["a Worker's bundler", { ...worker, customConditions: ["workerd", "worker", "browser"] }],
])("the public types compile, and refuse mistakes, under %s", { timeout: 60_000 }, async (_name, options) => {
  expect(await built.typeCheck(publicApi, options)).toEqual(PASSED);
});

test.each([
  ["reprise/browser", bundler],
  ["reprise/edge", bundler],
  ["reprise/edge", plainNode],
  ["reprise/edge", worker],
  ["reprise/http", bundler],
  ["reprise/http", plainNode],
  ["reprise/http", worker],
  ["reprise/worker", worker],
  ["reprise/node", plainNode],
  ["reprise/prefect", bundler],
  ["reprise/prefect", plainNode],
  ["reprise/prefect", worker],
  ["reprise/testing", bundler],
  ["reprise/testing", plainNode],
])("all types that %s brings compile by themselves", { timeout: 60_000 }, async (name, options) => {
  const source = `import * as entry from "${name}";\nexport default entry;`;
  expect(await built.typeCheck(source, options)).toEqual(PASSED);
});

test("Cloudflare's own bindings fit the options, and each only where it belongs", async () => {
  expect(await built.typeCheck(edgeApi, worker)).toEqual(PASSED);
}, 60_000);

test("under a bundler the main entry has the browser's options, and in Node it has none of them", async () => {
  const source = `import { createResultStore } from "reprise";\ncreateResultStore({ name: "app", durability: "strict" });`;
  expect(await built.typeCheck(source, bundler)).toEqual(PASSED);
  expect((await built.typeCheck(source, plainNode)).output).toContain("'name' does not exist");
}, 60_000);
