import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { exampleSources, findExamples } from "../../scripts/examples.mjs";
import { projectRoot } from "../../scripts/processes.mjs";

test("the types of every example of the documentation fit", { timeout: 60_000 }, async () => {
  const examples = await findExamples();
  const folder = await mkdtemp(join(projectRoot, "node_modules/.reprise-examples-"));
  try {
    const paths = Object.fromEntries(exampleSources.map(([name, file]) => [name, [join(projectRoot, file)]]));
    const compilerOptions = { paths, noUnusedLocals: false, noUnusedParameters: false, erasableSyntaxOnly: false };
    const extended = join(projectRoot, "tests/tsconfig.json");
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: extended, compilerOptions, include: ["*.ts"] }),
    );
    await Promise.all(
      examples.map(({ name, source }) => writeFile(join(folder, `${name.replaceAll(/\W/g, "_")}.ts`), source)),
    );
    const check = promisify(execFile)(process.execPath, [
      join(projectRoot, "node_modules/typescript/bin/tsc"),
      "-p",
      folder,
    ]);
    expect(await check.catch((error: { stdout: string }) => error)).toMatchObject({ stdout: "" });
  } finally {
    await rm(folder, { recursive: true });
  }
});
