import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { BuiltPackage } from "../package/built-package.ts";
import { projectRoot } from "../package/module-graph.ts";

const publicApi = await readFile(new URL("./public-api.types.ts", import.meta.url), "utf8");
const edgeApi = await readFile(new URL("../edge/bindings/edge-api.types.ts", import.meta.url), "utf8");
const resolutions = {
  bundler: { module: "ESNext", moduleResolution: "Bundler" },
  node16: { module: "Node16", moduleResolution: "Node16" },
  nodenext: { module: "NodeNext", moduleResolution: "NodeNext" },
} as const;

/** The types of the platforms that a project may have. None of them comes without the globals that `reprise` needs. */
const platforms = {
  "the DOM": { lib: ["ES2022", "DOM", "DOM.Iterable"] },
  Node: { lib: ["ES2022"], types: ["node"] },
  "the DOM and Node": { lib: ["ES2022", "DOM", "DOM.Iterable"], types: ["node"] },
  Workers: { lib: ["ES2024"], types: ["@cloudflare/workers-types"] },
} as const;

type Resolution = keyof typeof resolutions;
type Platform = keyof typeof platforms;

const optionsOf = (resolution: Resolution, platform: Platform) => ({
  ...resolutions[resolution],
  ...platforms[platform],
  skipLibCheck: false,
  declaration: true,
});
const everyResolution = Object.keys(resolutions) as Resolution[];
const everyPlatform = Object.keys(platforms) as Platform[];
const worker = optionsOf("bundler", "Workers");
const PASSED = { ok: true, output: "" };

vi.setConfig({ testTimeout: 60_000 });

let built: BuiltPackage;
beforeAll(async () => {
  built = await BuiltPackage.build();
  return () => built[Symbol.asyncDispose]();
}, 60_000);

const everyProject = everyResolution.flatMap((resolution) =>
  everyPlatform.map((platform) => [resolution, platform, {}] as const),
);

test.each([
  ...everyProject,
  ["bundler", "the DOM", { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true }],
  ["bundler", "the DOM", { customConditions: ["browser"] }],
  ["nodenext", "the DOM", { customConditions: ["browser"] }],
  ["bundler", "Workers", { customConditions: ["workerd", "worker", "browser"] }],
] as const)(
  "the public types compile, and refuse mistakes, under %s with the types of %s, and %o",
  async (...project) => {
    const [resolution, platform, more] = project;
    expect(await built.typeCheck(publicApi, { ...optionsOf(resolution, platform), ...more })).toEqual(PASSED);
  },
);

const anyPlatform = ["the DOM", "Node", "Workers"] as const;
const entries: Readonly<Record<string, readonly Platform[]>> = {
  "reprise/browser": ["the DOM"],
  "reprise/core": anyPlatform,
  "reprise/edge": anyPlatform,
  "reprise/hono": anyPlatform,
  "reprise/http": anyPlatform,
  "reprise/inspector": ["the DOM"],
  "reprise/node": ["the DOM", "Node"],
  "reprise/opentelemetry": anyPlatform,
  "reprise/prefect": anyPlatform,
  "reprise/react": anyPlatform,
  "reprise/tanstack-query": anyPlatform,
  "reprise/testing": anyPlatform,
  "reprise/unstorage": anyPlatform,
  "reprise/worker": ["Workers"],
};

test("every entry is listed here", () => {
  const names = Object.keys(packageJson.exports).filter((name) => name !== "." && name !== "./package.json");
  expect(Object.keys(entries)).toEqual(names.map((name) => name.replace(/^\./, "reprise")).sort());
});

test.each(Object.entries(entries).flatMap(([name, fits]) => fits.map((platform) => [name, platform] as const)))(
  "all types that %s brings compile by themselves with the types of %s, under a bundler and in Node",
  async (name, platform) => {
    const source = `import * as entry from "${name}";\nexport default entry;`;
    for (const resolution of ["bundler", "node16"] as const) {
      expect(await built.typeCheck(source, optionsOf(resolution, platform)), resolution).toEqual(PASSED);
    }
  },
);

test("cachedResponse fits an app with another version of Hono", async () => {
  const copy = join(built.packageFolder, "node_modules/hono");
  await cp(join(projectRoot, "node_modules/hono"), copy, { recursive: true });
  const manifest = JSON.parse(await readFile(join(copy, "package.json"), "utf8")) as object;
  // TypeScript takes two copies of one version for the same
  await writeFile(join(copy, "package.json"), JSON.stringify({ ...manifest, version: "4.0.0" }));
  const source = `import { Hono } from "hono";
    import { createFactory } from "hono/factory";
    import { cachedResponse, type CachedResponseOptions } from "reprise/hono";
    declare const options: CachedResponseOptions;
    const cached = cachedResponse(options);
    type Env = { Variables: { user: string } };
    export const app = new Hono<Env>()
      .use(cached)
      .get("/map/:city", cached, (c) => c.json({ city: c.req.param("city") satisfies string, user: c.var.user satisfies string }));
    createFactory<Env>().createHandlers(cached, (c) => c.text(c.var.user));`;
  try {
    for (const resolution of ["bundler", "node16"] as const) {
      expect(await built.typeCheck(source, optionsOf(resolution, "the DOM")), resolution).toEqual(PASSED);
    }
  } finally {
    await rm(copy, { recursive: true });
  }
});

test("Cloudflare's own bindings fit the options, and each only where it belongs", async () => {
  expect(await built.typeCheck(edgeApi, worker)).toEqual(PASSED);
});

describe("the options of createResultStore in the main entry", () => {
  const browsers = `import { createResultStore, remote } from "reprise";
    createResultStore({ name: "app", maxBytes: 1e6, remote: remote({ url: "https://example.com", token: "t" }) });`;

  test.each([
    ["bundler", "the DOM"],
    ["bundler", "the DOM and Node"],
    ["node16", "the DOM"],
    ["nodenext", "the DOM"],
  ] as const)("are those of browsers under %s with the types of %s", async (resolution, platform) => {
    expect(await built.typeCheck(browsers, optionsOf(resolution, platform))).toEqual(PASSED);
  });

  test.each([
    ["node16", "Node"],
    ["nodenext", "Node"],
    ["nodenext", "the DOM and Node"],
  ] as const)("are those of Node under %s with the types of %s", async (resolution, platform) => {
    const { output } = await built.typeCheck(browsers, optionsOf(resolution, platform));
    expect(output).toContain("'name' does not exist");
  });

  test("are those of browsers where a project names the condition", async () => {
    const options = { ...optionsOf("nodenext", "the DOM and Node"), customConditions: ["browser"] };
    expect(await built.typeCheck(browsers, options)).toEqual(PASSED);
  });
});

test("a project with the types of Workers and of Node, which contradict each other, needs no more than skipLibCheck", async () => {
  const types = ["@cloudflare/workers-types", "node"];
  const source = `export * from "reprise/edge";\nexport { createResultsApi, mintToken, type Operation } from "reprise/worker";`;
  const options = { ...optionsOf("nodenext", "Workers"), types, skipLibCheck: true };
  expect(await built.typeCheck(source, options)).toEqual(PASSED);
});
