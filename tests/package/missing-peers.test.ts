import { mkdir, mkdtemp, readFile, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { integrations } from "../bench/sizes/integration-sizes.ts";
import { BuiltPackage } from "./built-package.ts";
import { projectRoot } from "./module-graph.ts";

/** A project that has the package with its dependencies, and none of the optional peers. */
let bare: BuiltPackage;
beforeAll(async () => {
  bare = await BuiltPackage.build(await mkdtemp(join(tmpdir(), "reprise-bare-")));
  for (const name of Object.keys(packageJson.dependencies)) {
    const link = join(bare.folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(projectRoot, "node_modules", name), link);
  }
  return () => bare[Symbol.asyncDispose]();
}, 60_000);

test("the package itself needs none of its optional peers", async () => {
  const source = `await Promise.all(["reprise", "reprise/browser", "reprise/edge"].map((name) => import(name)))`;
  expect(await bare.run(source)).toEqual({ ok: true, output: "" });
});

test.each([...integrations.keys()])(
  "%s can be imported without its peer, or the error names the package that its page installs first",
  async (name) => {
    const { ok, output } = await bare.run(`await import("${name}")`);
    if (ok) return;
    const page = await readFile(join(projectRoot, `docs/integrations/${name.replace("reprise/", "")}.md`), "utf8");
    const [, installed = ""] = /^# .+\n\n.+\n\n```sh\nnpm install (.+)\n/.exec(page) ?? [];
    const [, missing] = /Cannot find package '([^']+)'/.exec(output) ?? [];
    expect(installed.split(" ")).toContain(missing);
  },
);

test("every peer is optional", () => {
  const { peerDependencies, peerDependenciesMeta } = packageJson;
  const optional = Object.fromEntries(Object.keys(peerDependencies).map((name) => [name, { optional: true }]));
  expect(peerDependenciesMeta).toEqual(optional);
});
