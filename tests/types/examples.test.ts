import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { exampleSources, findExamples } from "../../scripts/examples.mjs";
import { projectRoot } from "../../scripts/processes.mjs";

const runtimes = {
  browser: { project: "tests/tsconfig.json", include: [], compilerOptions: {} },
  workerd: {
    project: "workers/tsconfig.json",
    include: ["workers/global-env.d.ts"],
    compilerOptions: { module: "ESNext", moduleResolution: "Bundler" },
  },
} as const;

test.each(["browser", "workerd"] as const)(
  "the types of every example of the documentation for %s fit",
  { timeout: 60_000 },
  async (runtime) => {
    const { project, include, compilerOptions } = runtimes[runtime];
    const examples = await findExamples(runtime);
    const folder = await mkdtemp(join(projectRoot, "node_modules/.reprise-examples-"));
    try {
      const modules = examples.map(({ name }) => `${name.replaceAll(/\W/g, "_")}.ts`);
      const paths = Object.fromEntries([
        ...exampleSources[runtime].map(([name, file]) => [name, [join(projectRoot, file)]] as const),
        ...modules.map((file, i) => [`virtual:examples/${runtime}/${i}`, [join(folder, file)]] as const),
      ]);
      const loosened = { noUnusedLocals: false, noUnusedParameters: false };
      const config = {
        extends: join(projectRoot, project),
        compilerOptions: { ...compilerOptions, ...loosened, paths },
        include: ["*.ts", ...include.map((path) => join(projectRoot, path))],
      };
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
      await Promise.all(examples.map(({ source }, i) => writeFile(join(folder, modules[i]!), source)));
      const compiler = join(projectRoot, "node_modules/typescript/bin/tsc");
      const check = promisify(execFile)(process.execPath, [compiler, "-p", folder]);
      expect(await check.catch((error: { stdout: string }) => error)).toMatchObject({ stdout: "" });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
