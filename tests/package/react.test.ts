import { mkdir, mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { BuiltPackage } from "./built-package.ts";
import { projectRoot } from "./module-graph.ts";

let built: BuiltPackage;

/** Installs a package as it is here. */
async function install(name: string): Promise<void> {
  const place = join(built.folder, "node_modules", name);
  await mkdir(dirname(place), { recursive: true });
  await symlink(join(projectRoot, "node_modules", name), place);
}

beforeAll(async () => {
  // outside of this project, which has React
  built = await BuiltPackage.build(await mkdtemp(join(tmpdir(), "reprise-react-")));
  await Promise.all(Object.keys(packageJson.dependencies).map(install));
  return () => built[Symbol.asyncDispose]();
}, 60_000);

test("reprise/react names React if that is not installed, and the other entries do without it", async () => {
  expect(await built.run(`await import("reprise"); await import("reprise/testing");`)).toEqual({
    ok: true,
    output: "",
  });
  const missing = await built.run(`await import("reprise/react").catch(({ message }) => console.log(message));`);
  expect(missing.output).toContain("Cannot find package 'react' imported from");
  await install("react");
  const found = await built.run(`console.log(Object.keys(await import("reprise/react")).join(" "));`);
  expect(found).toEqual({ ok: true, output: "resetErrors useResult useSuspenseResult\n" });
});
