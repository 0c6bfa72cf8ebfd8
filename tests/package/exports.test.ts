import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { libraryVersion } from "../../src/core/record/version.ts";
import { BuiltPackage } from "./built-package.ts";
import { featuresOf, needsOf } from "./features.ts";
import { loadedWith, type Modules, projectRoot, readModules } from "./module-graph.ts";

type Target = string | { readonly [condition: string]: Target };

/** The files a target leads to, with the conditions on the way. */
function filesOf(target: Target, conditions: readonly string[] = []): [conditions: string, file: string][] {
  if (typeof target === "string") return [[conditions.join("/"), target]];
  return Object.entries(target).flatMap(([name, inner]) => filesOf(inner, [...conditions, name]));
}

const entries = Object.entries<Target>(packageJson.exports).filter(([name]) => name !== "./package.json");
const names = entries.map(([name]) => name.replace(/^\./, "reprise"));
const declared = entries.flatMap(([name, target]) =>
  filesOf(target).map(([conditions, file]) => ({ name, conditions, file })),
);

// Whatever a page has and plain Node lacks or has in part; a look at any of them throws.
const PAGE_GLOBALS = [
  "window",
  "document",
  "location",
  "navigator",
  "indexedDB",
  "caches",
  "localStorage",
  "sessionStorage",
];
const TRAPS = PAGE_GLOBALS.map(
  (name) =>
    `Object.defineProperty(globalThis, "${name}", { configurable: true, get() { throw new Error("touched ${name}"); } });`,
).join("\n");

/** Stands for the one module that only Workers have. */
const workerStub = `
  import { registerHooks } from "node:module";
  const stub = "data:text/javascript,export class DurableObject {} export const env = {}; export const waitUntil = () => {};";
  registerHooks({
    resolve: (name, context, next) => name === "cloudflare:workers" ? { url: stub, shortCircuit: true } : next(name, context),
  });`;

let built: BuiltPackage;
let modules: Modules;
beforeAll(async () => {
  built = await BuiltPackage.build();
  modules = await readModules(["."], ".js", `${built.packageFolder}/dist`);
  return () => built[Symbol.asyncDispose]();
}, 60_000);

function moduleOf(file: string): string {
  return file.replace(/^\.\/dist\//, "").replace(/\.d\.ts$/, ".js");
}

test("every declared entry is built, for every condition", () => {
  const missing = declared.filter(({ file }) => !modules.has(moduleOf(file)));
  expect(missing).toEqual([]);
});

test("every barrel that is built is a declared entry, or part of the main one", () => {
  const reached = loadedWith(modules, ["src/index.js"]);
  const targets = new Set(declared.map(({ file }) => moduleOf(file)));
  const barrels = [...modules.keys()].filter((path) => path.endsWith("/index.js"));
  expect(barrels.filter((path) => !targets.has(path) && !reached.has(path))).toEqual([]);
});

test("the types of an entry are those of the module that it loads", () => {
  const pairs = Map.groupBy(
    declared,
    ({ name, conditions }) => `${name} ${conditions.replace(/\/?(types|default)$/, "")}`,
  );
  pairs.delete(". "); // what bundlers' TypeScript sees, which names no runtime: the browser's types
  for (const [entry, files] of pairs) expect(new Set(files.map(({ file }) => moduleOf(file))).size, entry).toBe(1);
});

test.each(names.filter((name) => name !== "reprise/worker"))(
  "%s can be imported in plain Node, and looks at nothing of a page's",
  async (name) => {
    const { ok, output } = await built.run(`${TRAPS}\nconsole.log(Object.keys(await import("${name}")).length)`);
    expect({ ok, output: Number(output) > 0 ? "" : output }).toEqual({ ok: true, output: "" });
  },
);

test("reprise/worker needs nothing of its runtime but the module cloudflare:workers", async () => {
  const source = `${workerStub}
    console.log(Object.keys(await import("reprise/worker")).sort().join(" "));`;
  expect(await built.run(source)).toEqual({
    ok: true,
    output:
      "ResultInvalidations ResultLock cacheTagsOf createResultsApi createTaskConsumer createTaskRunner mintToken\n",
  });
});

test("the main entry is the edge's where wrangler bundles, the browser's where another bundler does, and Node's otherwise", async () => {
  const compare = (entry: string) =>
    `const [main, other] = await Promise.all([import("reprise"), import("${entry}")]);
     process.exitCode = main.createResultStore === other.createResultStore ? 0 : 1;`;
  const wrangler = ["workerd", "worker", "browser"].map((name) => `--conditions=${name}`);
  expect(await built.run(`${workerStub}\n${compare("reprise/edge")}`, wrangler)).toMatchObject({ ok: true });
  expect(await built.run(compare("reprise/browser"), ["--conditions=browser"])).toMatchObject({ ok: true });
  expect(await built.run(compare("reprise/node"))).toMatchObject({ ok: true });
});

test("every main entry has everything that the common barrel exports, a store and tasks", async () => {
  const source = `
    const names = async (path) => Object.keys(await import("./node_modules/reprise/dist/src/" + path));
    const wanted = [...await names("index.js"), "createResultStore", "task"];
    const entries = await Promise.all(["browser/index.js", "edge/index.js", "node/index.js"].map(names));
    console.log(wanted.filter((name) => !entries.every((entry) => entry.includes(name))).join(" "));`;
  expect(await built.run(source)).toEqual({ ok: true, output: "\n" });
});

test("every package that is imported is a dependency, or one that an integration asks for", () => {
  const imported = [...modules.values()].flat().map(({ specifier }) => specifier);
  const packages = imported.filter((name) => !/^\.|^(cloudflare|node):/.test(name));
  const declaredPackages = Object.keys({ ...packageJson.dependencies, ...packageJson.peerDependencies });
  const undeclared = packages.filter((name) => !declaredPackages.some((known) => `${name}/`.startsWith(`${known}/`)));
  expect(undeclared).toEqual([]);
});

test("the version that goes into records is the package's", () => {
  expect(libraryVersion).toBe(packageJson.version);
});

// Workers and Node have their own versions: tests/node/older-workers.test.ts, and `engines` of package.json
const forBrowsers = declared.filter(
  ({ name, conditions }) =>
    conditions.endsWith("default") && !/node|workerd/.test(conditions) && !/\/(edge|node|worker|testing)$/.test(name),
);

test("docs/getting-started.md states the browsers that an entry needs, and why", async () => {
  const text = await readFile(`${projectRoot}/docs/getting-started.md`, "utf8");
  const stated = text.split("\n").filter((line) => /^\| `[^|]*\| \d+ \| \d+ \| [\d.]+ \|/.test(line));
  const found = new Map<string, string[]>();
  for (const { name, file } of forBrowsers) {
    const paths = [...loadedWith(modules, [moduleOf(file)])];
    const sources = paths.map((path) => readFile(`${built.packageFolder}/dist/${path}`, "utf8"));
    const used = (await Promise.all(sources)).flatMap((source, i) => featuresOf(paths[i]!, source));
    const { versions, newest } = needsOf([...new Set(used)]);
    const row = `${versions.join(" | ")} | \`${newest}\` |`;
    found.set(row, [...new Set([...(found.get(row) ?? []), `\`${name.replace(/^\./, "reprise")}\``])]);
  }
  expect(stated.toSorted()).toEqual([...found].map(([row, of]) => `| ${of.join(", ")} | ${row}`).toSorted());
});
