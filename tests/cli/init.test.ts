import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { parse as parseJsonc } from "jsonc-parser";
import { parse as parseToml } from "smol-toml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { initProject } from "../../src/cli/init/init-project.ts";
import { WranglerServer } from "../demo/wrangler-server.ts";
import { BuiltPackage } from "../package/built-package.ts";
import { jsonOf, reprise } from "./run-reprise.ts";

const root = await mkdtemp(join(tmpdir(), "reprise-init-"));
afterAll(() => rm(root, { recursive: true, force: true }));

/** A folder with these files. */
async function project(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(root, "my_Worker-"));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

const read = (folder: string, name: string) => readFile(join(folder, name), "utf8");

const bindings = {
  r2_buckets: [{ binding: "RESULTS_R2", bucket_name: expect.stringMatching(/^my-worker-.*-results$/) as string }],
  kv_namespaces: [{ binding: "RESULTS_KV" }],
  durable_objects: {
    bindings: [
      { name: "RESULT_LOCKS", class_name: "ResultLock" },
      { name: "RESULT_INVALIDATIONS", class_name: "ResultInvalidations" },
    ],
  },
  migrations: [{ tag: "reprise-v1", new_sqlite_classes: ["ResultLock", "ResultInvalidations"] }],
};

describe("reprise init", () => {
  test.each(["jsonc", "toml"] as const)("writes wrangler.%s and a Worker, and does nothing twice", async (format) => {
    const folder = await project();
    const { changes, next } = await initProject(folder, format);
    expect(changes).toHaveLength(9);
    expect(next.join("\n")).toContain("Install the package reprise");
    const text = await read(folder, `wrangler.${format}`);
    const config: unknown = format === "toml" ? parseToml(text) : parseJsonc(text);
    expect(config).toMatchObject({ main: "src/index.ts", compatibility_date: "2026-11-01", ...bindings });
    expect((await initProject(folder, format)).changes).toEqual([]);
    expect(await read(folder, `wrangler.${format}`)).toBe(text);
    expect(await readdir(folder)).toEqual(["src", `wrangler.${format}`]);
  });

  test("keeps comments, formatting and parts that are there in JSON with comments", async () => {
    const before = `// my Worker
{
\t"name": "mine", /* never change */
\t"main": "worker.js",
\t"compatibility_date": "2026-01-01",
\t// the cache of another part
\t"kv_namespaces": [{ "binding": "OTHER", "id": "abc" }],
\t"migrations": [
\t\t{ "tag": "reprise-v1", "new_sqlite_classes": ["Counter", "ResultLock"] },
\t], // the last one
}
`;
    const folder = await project({ "wrangler.jsonc": before, "worker.js": "export default {};" });
    const { changes, next } = await initProject(folder, "toml");
    const text = await read(folder, "wrangler.jsonc");
    expect(text).toBe(`// my Worker
{
\t"name": "mine", /* never change */
\t"main": "worker.js",
\t"compatibility_date": "2026-01-01",
\t// the cache of another part
\t"kv_namespaces": [{ "binding": "OTHER", "id": "abc" }, { "binding": "RESULTS_KV" }],
\t"migrations": [
\t\t{ "tag": "reprise-v1", "new_sqlite_classes": ["Counter", "ResultLock"] },
\t\t{ "tag": "reprise-v2", "new_sqlite_classes": ["ResultInvalidations"] },
\t], // the last one
\t"r2_buckets": [
\t\t{ "binding": "RESULTS_R2", "bucket_name": "mine-results" }
\t],
\t"durable_objects": {
\t\t"bindings": [
\t\t\t{ "name": "RESULT_LOCKS", "class_name": "ResultLock" },
\t\t\t{ "name": "RESULT_INVALIDATIONS", "class_name": "ResultInvalidations" }
\t\t]
\t},
}
`);
    expect(changes.join("\n")).not.toMatch(/ResultLock and|a Worker with/);
    expect(next.join("\n")).toContain(
      "Add to worker.js, so that wrangler finds the classes: export { ResultInvalidations",
    );
    expect(await read(folder, "worker.js")).toBe("export default {};");
  });

  test("writes no Worker where a build will write one", async () => {
    const folder = await project({ "wrangler.jsonc": '{ "main": "dist/worker.js" }' });
    const { changes, next } = await initProject(folder, "jsonc");
    expect(changes.join("\n")).not.toContain("dist/worker.js");
    expect(next.join("\n")).toContain("Add to dist/worker.js, so that wrangler finds the classes");
    expect(await readdir(folder)).toEqual(["wrangler.jsonc"]);
  });

  test("keeps comments, formatting and parts that are there in TOML", async () => {
    const before = `# my Worker
name = 'mine'
compatibility_date = "2026-01-01"   # aligned

# the cache of another part
[[kv_namespaces]]
binding = "OTHER"

[env.production]
vars = { STAGE = "production" }`;
    const folder = await project({ "wrangler.toml": before });
    const { next } = await initProject(folder, "jsonc");
    const text = await read(folder, "wrangler.toml");
    const [head, tail] = before.split("\n\n# the cache");
    expect(text).toContain(`${head}\n`);
    expect(text).toContain(`\n\n# the cache${tail}\n\n[[r2_buckets]]\n`);
    expect(parseToml(text)).toMatchObject({
      name: "mine",
      main: "src/index.ts",
      kv_namespaces: [{ binding: "OTHER" }, { binding: "RESULTS_KV" }],
      r2_buckets: [{ bucket_name: "mine-results" }],
      durable_objects: bindings.durable_objects,
      env: { production: { vars: { STAGE: "production" } } },
    });
    expect(next.join("\n")).toContain("env.production: environments inherit none");
  });

  test.each([
    ["wrangler.toml", 'name = "a\n', "wrangler.toml can't be read"],
    ["wrangler.jsonc", '{ "name": }', "wrangler.jsonc can't be read"],
    ["wrangler.json", "[]", "wrangler.json holds no object"],
    ["wrangler.toml", 'kv_namespaces = [{ binding = "OTHER" }]', 'by hand:\n\nname = "'],
    ["wrangler.toml", 'vars = { NOTE = """\nlist:\n[a]\n""" }\n', "wrangler.toml has an unusual form"],
    ["wrangler.jsonc", '{ "pages_build_output_dir": "dist" }', "This is a Pages project"],
  ])("a %s that it can't edit stays as it is: %s", async (name, text, told) => {
    const folder = await project({ [name]: text });
    await expect(initProject(folder, "jsonc")).rejects.toThrow(told);
    expect(await readdir(folder)).toEqual([name]);
    expect(await read(folder, name)).toBe(text);
  });
});

describe("with the built package", () => {
  let built: BuiltPackage;
  beforeAll(async () => {
    built = await BuiltPackage.build();
    return () => built[Symbol.asyncDispose]();
  }, 60_000);

  test("the program of the package runs in plain Node", async () => {
    const program = join(built.packageFolder, "dist/src/cli/main.js");
    expect((await readFile(program, "utf8")).startsWith("#!/usr/bin/env node\n")).toBe(true);
    const { stdout } = await promisify(execFile)(process.execPath, [program, "ls", "--help"]);
    expect(stdout).toContain("$ reprise ls maps/");
  });

  test.each(["jsonc", "toml"])(
    "wrangler dev runs the Worker of wrangler.%s, which lets nobody in without a token",
    async (format) => {
      const folder = await project();
      const report = await reprise(["init", "--json", "--format", format], { cwd: folder });
      expect(report.code).toBe(0);
      expect(jsonOf(report)).toMatchObject({ config: `wrangler.${format}`, worker: "src/index.ts" });
      await symlink(join(built.folder, "node_modules"), join(folder, "node_modules"));
      const secret = "a secret for the command line, long enough";
      const server = await WranglerServer.start({
        args: ["--config", join(folder, `wrangler.${format}`), "--var", `REPRISE_SECRET:${secret}`],
        assets: async (own) => {
          await mkdir(join(own, "page"));
          return join(own, "page");
        },
      });
      try {
        for (const method of ["GET", "PUT", "DELETE"]) {
          expect((await fetch(`${server.origin}/v1/results/a`, { method })).status).toBe(401);
        }
        const minted = await reprise(["token", "mint", "--operations", "read,write,list,delete", "--expires", "1h"], {
          env: { REPRISE_SECRET: secret },
        });
        const env = { REPRISE_URL: server.origin, REPRISE_TOKEN: minted.stdout };
        const invalidated = await reprise(["invalidate", "--tags", "roads"], { env });
        expect(invalidated).toMatchObject({ code: 0, stderr: "Invalidated tags roads (delete)\n" });
        expect((await reprise(["ls"], { env })).stderr).toBe("0 records, 0 B\n");
      } finally {
        await server.close();
      }
    },
    60_000,
  );
});
